from pathlib import Path

import pytest
import torch

from tests.needs import need
from training.metrics.lpips import load_lpips
from training.metrics.paired import paired_lpips, psnr, ssim

WEIGHTS = Path(__file__).parents[2] / "shared" / "weights" / "lpips_alex"


def test_psnr_is_that_of_its_definition():
    x = torch.zeros(2, 3, 16, 16)
    y = torch.stack([x[0] + 0.2, x[1] - 0.02])
    # In [0, 1] the differences are 0.1 and 0.01: 20 and 40 dB.
    torch.testing.assert_close(psnr(y, x), torch.tensor([20.0, 40.0]))


def test_ssim_of_flat_images_is_that_of_their_luminance():
    low, high = torch.full((1, 3, 16, 16), -0.5), torch.full((1, 3, 16, 16), 0.5)
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)  # Wang et al. 2004, Eq. 6
    assert ssim(low, high).item() == pytest.approx(expected, rel=1e-6)
    noise = torch.rand(2, 3, 32, 32) * 2 - 1
    torch.testing.assert_close(ssim(noise, noise), torch.ones(2).double())
    assert ssim(noise, noise.flip(0)).max() < 0.3


def test_the_best_and_the_mean_distance_to_the_truth():
    need(WEIGHTS.is_dir(), "../shared/weights")
    lpips = load_lpips(WEIGHTS)
    outputs = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    truth = outputs[1:2]
    best, mean = paired_lpips(lpips, outputs, truth)
    others = [lpips(outputs[i : i + 1], truth).item() for i in (0, 2)]
    assert best == 0 and mean == pytest.approx(sum(others) / 3, rel=1e-5)
