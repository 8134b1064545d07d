"""Random views of images as tensors: crop, flip and colours, a function of given numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

DRAWS = 9  # random numbers that one view takes: see `augment`
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass
class AugmentConfig:
    """How far a view may be from its image; colours little, where they tell domains apart."""

    min_area: float = 0.5  # of the image that a crop shows, at least; 1 does not crop
    max_ratio: float = 4 / 3  # width to height of a crop, at most, and the other way round
    flip: bool = True
    brightness: float = 0.1  # times 1 - this to 1 + this
    contrast: float = 0.1  # about the mean grey of the image, likewise
    saturation: float = 0.1  # about the grey of each pixel, likewise
    hue: float = 0.02  # turned by up to this part of the colour circle

    def __post_init__(self) -> None:
        """ValueError where a strength is out of its range."""
        if not 0 < self.min_area <= 1:
            raise ValueError(f"augment.min_area must be in (0, 1], not {self.min_area}.")
        if self.max_ratio < 1:
            raise ValueError(f"augment.max_ratio must be at least 1, not {self.max_ratio}.")
        for name in ("brightness", "contrast", "saturation", "hue"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"augment.{name} must be in [0, 1), not {getattr(self, name)}.")


def augment(images: Tensor, draws: Tensor, config: AugmentConfig) -> Tensor:
    """A random view of each image (B, C, H, W) in [-1, 1], of the same size and range.

    draws (B, DRAWS) from U(0, 1), one row an image: area, ratio, place across, place down, flip,
    brightness, contrast, saturation, hue.
    """
    with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
        images = images.to(torch.promote_types(images.dtype, torch.float32))
        draws = draws.to(images.dtype)
        views = crop_and_flip(images, draws[:, :5], config)
        return jitter(views, 2 * draws[:, 5:] - 1, config)


def crop_and_flip(images: Tensor, draws: Tensor, config: AugmentConfig) -> Tensor:
    """A random part of each image (B, C, H, W), stretched to its size; draws (B, 5)."""
    area = config.min_area + (1 - config.min_area) * draws[:, 0]
    ratio = torch.exp((2 * draws[:, 1] - 1) * math.log(config.max_ratio))
    # Parts of the whole width and height, in which the image spans -1 to 1.
    width, height = ((area * r).sqrt().clamp_max(1) for r in (ratio, 1 / ratio))
    across, down = (1 - width) * (2 * draws[:, 2] - 1), (1 - height) * (2 * draws[:, 3] - 1)
    mirror = torch.where((draws[:, 4] < 0.5) & config.flip, -1.0, 1.0)
    zero = torch.zeros_like(area)
    rows = torch.stack([width * mirror, zero, across, zero, height, down], dim=1)
    grid = F.affine_grid(rows.unflatten(1, (2, 3)), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def jitter(images: Tensor, draws: Tensor, config: AugmentConfig) -> Tensor:
    """Images (B, 1 | 3, H, W) in [-1, 1] in other colours; draws (B, 4) in [-1, 1]."""
    strengths = (config.brightness, config.contrast, config.saturation, config.hue)
    brightness, contrast, saturation, hue = (
        (draws[:, i] * strength).view(-1, 1, 1, 1) for i, strength in enumerate(strengths)
    )
    x = (images + 1) / 2 * (1 + brightness)
    mean = grey(x).mean(dim=(2, 3), keepdim=True)
    x = mean + (x - mean) * (1 + contrast)
    if x.shape[1] == 3:
        luma = grey(x)
        x = luma + turned(x - luma, 2 * math.pi * hue) * (1 + saturation)
    return x.clamp(0, 1) * 2 - 1


def grey(x: Tensor) -> Tensor:
    """The brightness (B, 1, H, W) of images (B, 1 | 3, H, W)."""
    if x.shape[1] == 1:
        return x
    return (x * x.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def turned(colours: Tensor, angle: Tensor) -> Tensor:
    """Colours (B, 3, H, W) turned about the grey axis by an angle (B, 1, 1, 1) in radians.

    Rodrigues' formula about (1, 1, 1): c cos + (axis x c) sin + axis (axis . c) (1 - cos).
    """
    red, green, blue = colours.split(1, dim=1)
    across = torch.cat((blue - green, red - blue, green - red), dim=1) / math.sqrt(3)
    along = colours.mean(dim=1, keepdim=True)
    return colours * angle.cos() + across * angle.sin() + along * (1 - angle.cos())
