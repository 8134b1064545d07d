"""How near outputs are to the truth, where there is one."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from training.metrics.lpips import Lpips


def psnr(outputs: Tensor, truths: Tensor) -> Tensor:
    """Peak signal-to-noise ratios (N,) in dB of images (N, C, H, W) in [-1, 1]."""
    return peak_signal_noise_ratio(outputs, truths, data_range=2.0, dim=(1, 2, 3), reduction="none")


def ssim(outputs: Tensor, truths: Tensor) -> Tensor:
    """Structural similarities (N,) of images (N, C, H, W) in [-1, 1], of at least 11 pixels.

    Computed in [0, 1] and float64, with the Gaussian window of Wang et al. 2004.
    """
    shifted = (outputs.double() / 2 + 0.5, truths.double() / 2 + 0.5)
    return structural_similarity_index_measure(*shifted, data_range=1.0, reduction="none")


@torch.inference_mode()
def paired_lpips(lpips: Lpips, outputs: Tensor, truth: Tensor) -> tuple[float, float]:
    """LPIPS of one input's outputs (M, 3, H, W) to its truth (1, 3, H, W): the best, the mean."""
    distances = lpips(outputs, truth.expand(len(outputs), -1, -1, -1))
    return distances.min().item(), distances.mean().item()
