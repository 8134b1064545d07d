import pytest
import torch

from munit_hub import CycleGanModel

TINY = {"base_width": 4, "num_residual_blocks": 1}


def test_noise_steers_the_picture_and_zeros_are_its_mean():
    torch.manual_seed(0)
    model = CycleGanModel(**TINY, noise_channels=2).eval()
    x = torch.rand(2, 3, 16, 24) * 2 - 1
    assert torch.equal(model.encode_style(x, "a"), torch.zeros(2, 2))
    first, second = (model(x, "a", "b", 3 * model.sample_style(2)) for _ in range(2))
    assert (first - second).abs().max() > 0.01


def test_a_generator_belongs_to_its_target():
    torch.manual_seed(0)
    model = CycleGanModel(**TINY).eval()
    x = torch.rand(1, 3, 16, 16)
    assert torch.equal(model(x, "a", "b"), model.reconstruct(x, "b"))
    assert not torch.equal(model(x, "a", "b"), model.reconstruct(x, "a"))


def test_one_direction_says_so():
    model = CycleGanModel(**TINY, domain_names=["horse", "zebra"], target_names=["zebra"])
    assert model.targets == ["zebra"]
    with pytest.raises(ValueError, match="translates into zebra only, not horse"):
        model(torch.rand(1, 3, 16, 16), "zebra", "horse")


def test_dropout_is_for_training_only():
    model = CycleGanModel(**TINY, dropout=0.5)
    x = torch.rand(1, 3, 16, 16)
    assert not torch.equal(model(x, "a", "b"), model(x, "a", "b"))
    model.eval()
    assert torch.equal(model(x, "a", "b"), model(x, "a", "b"))


def test_domains_of_different_channels_are_refused():
    with pytest.raises(ValueError, match=r"two equal numbers in a CycleGanModel, not \[1, 3\]"):
        CycleGanModel(**TINY, channels=[1, 3])
