import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.metrics.alexnet import read_lpips_weights
from training.metrics.frechet import frechet_distance
from training.metrics.lpips import load_lpips

WEIGHTS = Path(__file__).parents[2] / "shared" / "weights" / "lpips_alex"
needs_weights = pytest.mark.skipif(not WEIGHTS.is_dir(), reason="needs ../shared/weights")


def example(name):
    with Image.open(WEIGHTS / f"ex_{name}.png") as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.float32)
    return torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)[None]


@needs_weights
def test_lpips_of_the_example_pictures_is_the_published_one():
    lpips = load_lpips(WEIGHTS)
    reference = example("ref")
    distances = [lpips(reference, example(name)).item() for name in ("p0", "p1", "ref")]
    assert distances == pytest.approx([0.7219, 0.1376, 0.0], abs=5e-5)


def test_missing_weights_are_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="is no lpips_alex_v0.1.safetensors; give that file"):
        read_lpips_weights(tmp_path / "nothing.safetensors")


def with_moments(n, mean, covariance, seed):
    """Samples whose mean and covariance are exactly those given."""
    x = torch.randn(n, len(mean), generator=torch.Generator().manual_seed(seed)).double()
    x -= x.mean(0)
    whitened = x @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T
    return whitened @ torch.linalg.cholesky(covariance).T + mean


def test_frechet_distance_is_the_closed_form_of_commuting_gaussians():
    a, b = torch.tensor([1.0, 4.0, 9.0]).double(), torch.tensor([4.0, 1.0, 16.0]).double()
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1)).double())[
        0
    ]
    shift = torch.tensor([1.0, -2.0, 0.5]).double()
    x = with_moments(50, torch.zeros(3).double(), turn @ torch.diag(a) @ turn.T, 2)
    y = with_moments(70, shift, turn @ torch.diag(b) @ turn.T, 3)
    expected = shift.square().sum() + (a.sqrt() - b.sqrt()).square().sum()
    assert frechet_distance(x, y) == pytest.approx(expected.item(), rel=1e-9)


def test_frechet_distance_of_a_set_to_itself_is_zero_even_when_singular():
    x = torch.randn(5, 20).double()  # fewer samples than dimensions
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(x, x + 1) == pytest.approx(20, rel=1e-6)


def test_frechet_distance_of_what_is_not_a_number_is_not_the_best():
    x = torch.randn(8, 3)
    assert math.isnan(frechet_distance(x, x.clone().fill_(math.nan)))
