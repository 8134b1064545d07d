import pytest
import torch

from munit_hub import BicycleGanModel

TINY = {"base_width": 4, "num_residual_blocks": 1, "style_dim": 3}


def test_a_style_is_encoded_from_the_target_and_steers_the_translation():
    torch.manual_seed(0)
    model = BicycleGanModel(**TINY, channels=[1, 3]).eval()
    x_a, x_b = torch.rand(2, 1, 16, 24), torch.rand(2, 3, 16, 24)
    mean, log_variance = model.encode(x_b)
    assert mean.shape == log_variance.shape == (2, 3)
    assert torch.equal(model.encode_style(x_b, "b"), mean)
    first, second = (model(x_a, style=3 * model.sample_style(2)) for _ in range(2))
    assert first.shape == x_b.shape
    assert (first - second).abs().max() > 0.01


def test_the_other_direction_is_one_sentence():
    model = BicycleGanModel(**TINY, domain_names=["edges", "fruit"])
    x = torch.rand(1, 3, 16, 16)
    assert model.targets == ["fruit"]
    with pytest.raises(ValueError, match="edges to fruit only, not fruit to edges"):
        model(x, "fruit", "edges")
    with pytest.raises(ValueError, match="styles of fruit only, not of edges"):
        model.encode_style(x, "edges")


def test_three_domains_are_too_many():
    with pytest.raises(ValueError, match=r"channels must be two numbers, not \[3, 3, 3\]"):
        BicycleGanModel(**TINY, channels=[3, 3, 3], domain_names=["a", "b", "c"])
