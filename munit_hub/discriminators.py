"""Discriminators. They belong to an objective, not to a published model."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.layers import ConvBlock


class PatchDiscriminator(nn.Module):
    """Stride-2 4x4 convolutions and a 1x1 one: images (B, C, H, W) to logits (B, 1, h, w)."""

    def __init__(
        self,
        channels: int,
        base_width: int,
        num_layers: int,
        norm: str,
        activation: str,
        padding: str,
    ):
        super().__init__()
        width = base_width
        blocks = [ConvBlock(channels, width, 4, 2, 1, padding, "none", activation)]
        for _ in range(num_layers - 1):
            blocks.append(ConvBlock(width, 2 * width, 4, 2, 1, padding, norm, activation))
            width *= 2
        self.blocks = nn.Sequential(*blocks)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.out(self.blocks(images))


class MultiScaleDiscriminator(nn.Module):
    """One patch discriminator a scale: images (B, C, H, W) in [-1, 1] to a list of logits.

    Each scale halves the image by average pooling whose padding is not counted.
    Source: Huang et al. 2018, section 5.1; Wang et al. 2018.
    """

    def __init__(
        self,
        channels: int = 3,
        base_width: int = 64,
        num_layers: int = 4,
        num_scales: int = 3,
        norm: str = "none",
        activation: str = "lrelu",
        padding: str = "reflect",
    ):
        super().__init__()
        self.config = {  # what makes an equal one again
            "channels": channels,
            "base_width": base_width,
            "num_layers": num_layers,
            "num_scales": num_scales,
            "norm": norm,
            "activation": activation,
            "padding": padding,
        }
        self.scales = nn.ModuleList(
            PatchDiscriminator(channels, base_width, num_layers, norm, activation, padding)
            for _ in range(num_scales)
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        return at_every_scale(self.scales, images)


class PatchGan(nn.Module):
    """A PatchGAN: images (B, C, H, W) to logits (B, 1, h, w), each of a 70x70 patch.

    `num_layers` 4x4 convolutions of stride 2 and two of stride 1; 3 of them see 70x70 pixels, 4
    see 142x142. Instance norm except in the first and the last. Source: Isola et al. 2017.
    """

    def __init__(self, channels: int, base_width: int, num_layers: int, norm: str):
        super().__init__()
        widths = [base_width * 2 ** min(i, 3) for i in range(num_layers + 1)]
        blocks = [ConvBlock(channels, base_width, 4, 2, 1, "zero", "none", "lrelu")]
        for layer in range(1, num_layers + 1):
            stride = 2 if layer < num_layers else 1
            sizes = (widths[layer - 1], widths[layer])
            blocks.append(ConvBlock(*sizes, 4, stride, 1, "zero", norm, "lrelu"))
        self.blocks = nn.Sequential(*blocks)
        self.out = nn.Conv2d(widths[-1], 1, 4, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.out(self.blocks(images))


class PatchGanDiscriminator(nn.Module):
    """One PatchGAN a scale: images (B, C, H, W) in [-1, 1] to a list of logits.

    One scale in CycleGAN (Zhu et al. 2017a), two in BicycleGAN (Zhu et al. 2017b).
    """

    def __init__(
        self,
        channels: int = 3,
        base_width: int = 64,
        num_layers: int = 3,
        num_scales: int = 1,
        norm: str = "instance",
    ):
        super().__init__()
        self.config = {  # what makes an equal one again
            "channels": channels,
            "base_width": base_width,
            "num_layers": num_layers,
            "num_scales": num_scales,
            "norm": norm,
        }
        self.scales = nn.ModuleList(
            PatchGan(channels, base_width, num_layers, norm) for _ in range(num_scales)
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        return at_every_scale(self.scales, images)


def at_every_scale(scales: nn.ModuleList, images: Tensor) -> list[Tensor]:
    """The logits of each network, the next one at half the size."""
    logits = []
    for scale in scales:
        logits.append(scale(images))
        images = F.avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
    return logits
