"""LPIPS: the perceptual distance of two images."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from training.metrics.alexnet import AlexNetFeatures, load_alexnet, read_lpips_weights

NUM_MAPS = 5


class Lpips(nn.Module):
    """Distance (B,) of images (B, 3, H, W) in [-1, 1]; 0 for equal ones.

    Per layer: unit-length features over channels, squared difference, a learnt weight a
    channel, mean over H, W; summed over layers. Source: Zhang et al. 2018, Eq. 1, v0.1.
    """

    def __init__(self, features: AlexNetFeatures, heads: list[Tensor]):
        super().__init__()
        self.features = features
        for index, head in enumerate(heads):
            self.register_buffer(f"lin{index}", head)

    @property
    def device(self) -> torch.device:
        """Where it is, and the images that it is given must be."""
        return self.get_buffer("lin0").device

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.between(self.features(x), self.features(y))

    def between(self, x: list[Tensor], y: list[Tensor]) -> Tensor:
        """The distance (B,) of images whose features are known."""
        distance = torch.zeros(len(x[0]), device=x[0].device)
        for index, (a, b) in enumerate(zip(x, y, strict=True)):
            difference = (unit_length(a) - unit_length(b)).square()
            weighted = (difference * self.get_buffer(f"lin{index}")).sum(1)
            distance += weighted.mean((1, 2))
        return distance


def unit_length(features: Tensor) -> Tensor:
    """Every position's features (B, C, H, W) divided by their length."""
    return features / (features.square().sum(1, keepdim=True).sqrt() + 1e-10)


def load_lpips(path_or_repo: str | Path) -> Lpips:
    """LPIPS v0.1 on AlexNet, from what `training.metrics.alexnet.read_lpips_weights` finds."""
    weights = read_lpips_weights(path_or_repo)
    heads = [weights[f"lin{index}.weight"] for index in range(NUM_MAPS)]
    return Lpips(load_alexnet(path_or_repo), heads).eval()
