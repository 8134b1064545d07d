"""Feature networks by name: images of any size to one row of numbers each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from training.metrics import dinov2, inception
from training.metrics.alexnet import load_alexnet

BATCH_SIZE = 50
ALEXNET_SIZE = 128  # pixels
CPU = torch.device("cpu")


@dataclass(frozen=True)
class FeatureExtractor:
    """A frozen network, and how images are resized for it.

    embed: images (B, 3, H, W) in [-1, 1] on the device to (B, D). resize, layer: in words, for
    reports.
    """

    name: str
    resize: str
    layer: str
    embed: Callable[[Tensor], Tensor]
    device: torch.device = CPU

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        """Images (N, 1 or 3, H, W) in [-1, 1] to features (N, D) float64 on the CPU."""
        chunks = images.float().expand(-1, 3, -1, -1).split(BATCH_SIZE)
        return torch.cat([self.embed(chunk.to(self.device)).double().cpu() for chunk in chunks])

    def described(self) -> str:
        """The network, its layer and the resizing in a line."""
        return f"{self.name}, {self.layer}, at {self.resize}"


def load_features(name: str, weights: str | Path, device: torch.device = CPU) -> FeatureExtractor:
    """The network of that name on a device, with weights from a file, a folder or a Hub id.

    ValueError for another name, and for weights that do not fit.
    """
    if name not in EXTRACTORS:
        raise ValueError(f"Features are of {', '.join(EXTRACTORS)}, not of {name!r}.")
    return EXTRACTORS[name](weights, device)


def resized(images: Tensor, size: int) -> Tensor:
    """(N, C, H, W) to (N, C, size, size), bilinear; with antialiasing where it makes smaller."""
    return F.interpolate(images, (size, size), mode="bilinear", antialias=True)


def alexnet_features(weights: str | Path, device: torch.device = CPU) -> FeatureExtractor:
    """Spatial means of AlexNet's last convolution after ReLU, 256 numbers."""
    network = load_alexnet(weights).to(device)
    return FeatureExtractor(
        "alexnet",
        f"{ALEXNET_SIZE} pixels, bilinear",
        "spatial means of conv5 after ReLU (256)",
        lambda images: network(resized(images, ALEXNET_SIZE))[-1].mean((2, 3)),
        device,
    )


def inception_features(weights: str | Path, device: torch.device = CPU) -> FeatureExtractor:
    """The pooled features of the published FID's network, 2048 numbers."""
    network = inception.load_inception(weights).to(device)
    return FeatureExtractor(
        "inception",
        f"{inception.SIZE} pixels, bilinear",
        "pooled features (2048)",
        lambda images: network(resized(images, inception.SIZE)),
        device,
    )


def dinov2_features(weights: str | Path, device: torch.device = CPU) -> FeatureExtractor:
    """The class token of DINOv2."""
    network = dinov2.load_dinov2(weights).to(device)
    resize = f"{dinov2.SIZE} pixels, bicubic"
    return FeatureExtractor("dinov2", resize, "class token", network, device)


EXTRACTORS: dict[str, Callable[[str | Path, torch.device], FeatureExtractor]] = {
    "alexnet": alexnet_features,
    "inception": inception_features,
    "dinov2": dinov2_features,
}
