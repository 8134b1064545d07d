import pytest
import torch

from munit_hub import UnitModel

TINY = {"base_width": 4, "num_residual_blocks": 2}


def test_the_latent_is_shared_and_has_the_shape_it_says():
    model = UnitModel(**TINY, channels=[1, 3])
    latent = model.encode(torch.rand(2, 1, 16, 24), "a")
    assert latent.shape == (2, *model.latent_shape(16, 24))
    assert model.decode(latent, "b").shape == (2, 3, 16, 24)


def test_shared_blocks_are_one_module_saved_once(tmp_path):
    shared, separate = UnitModel(**TINY), UnitModel(**TINY, num_shared_blocks=0)
    block = sum(p.numel() for p in shared.shared_encoder.parameters())
    count = lambda model: sum(p.numel() for p in model.parameters())  # noqa: E731
    assert count(separate) - count(shared) == 2 * block  # one in the encoders, one in the decoders
    assert len(shared.shared_encoder) == 1 and len(shared.encoders[0].residual) == 1


def test_too_many_shared_blocks_are_named():
    with pytest.raises(ValueError, match="num_shared_blocks must be from 0 to .*=2, not 3"):
        UnitModel(**TINY, num_shared_blocks=3)
