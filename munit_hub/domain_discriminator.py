"""TUNIT's discriminator: residual blocks with filter response norm, a head for each domain."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.norms import FilterResponseNorm

_LAST_SIZE = 4  # pixels, of the map that a 4x4 convolution turns into one number a channel


class PointwiseConv2d(nn.Conv2d):
    """A 1x1 convolution without bias, as a product with each pixel's channels.

    The gradient penalty takes its derivative twice. Of a convolution that is one with a kernel as
    large as the map, where oneDNN 3.12 divides by zero (bf16 with AMX; 16 pictures of 64 pixels, 24
    channels), which ends the process.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.movedim(1, -1), self.weight.flatten(1)).movedim(-1, 1)


class CriticBlock(nn.Module):
    """(shortcut + two normed 3x3 convolutions) / sqrt(2); halves the image where `down`."""

    def __init__(self, in_channels: int, out_channels: int, down: bool):
        super().__init__()
        self.down = down
        self.first_norm = FilterResponseNorm(in_channels)
        self.first = nn.Conv2d(in_channels, in_channels, 3, 1, 1)
        self.second_norm = FilterResponseNorm(in_channels)
        self.second = nn.Conv2d(in_channels, out_channels, 3, 1, 1)
        self.shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = PointwiseConv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h, shortcut = self.first(self.first_norm(x)), self.shortcut(x)
        if self.down:
            h, shortcut = F.avg_pool2d(h, 2), F.avg_pool2d(shortcut, 2)
        return (shortcut + self.second(self.second_norm(h))) / math.sqrt(2)


class DomainDiscriminator(nn.Module):
    """Images (B, C, S, S) in [-1, 1] and their domains (B,) to the logits (B,) that they are real.

    S is `image_size`, a power of two from 32 to 256; the width doubles with every halving up to
    `max_width`. Source: Baek et al. 2021 (TUNIT), section 3.4; the reference's networks.
    """

    def __init__(
        self,
        image_size: int,
        num_domains: int,
        channels: int = 3,
        base_width: int = 64,
        max_width: int = 1024,
    ):
        super().__init__()
        self.config = {  # what makes an equal one again
            "image_size": image_size,
            "num_domains": num_domains,
            "channels": channels,
            "base_width": base_width,
            "max_width": max_width,
        }
        halvings = round(math.log2(image_size / _LAST_SIZE))
        widths = [min(base_width * 2**i, max_width) for i in range(halvings + 1)]
        self.stem = nn.Conv2d(channels, base_width, 3, 1, 1)
        self.blocks = nn.Sequential(
            *(
                block
                for i, o in zip(widths[:-1], widths[1:], strict=True)
                for block in (CriticBlock(i, i, down=False), CriticBlock(i, o, down=True))
            )
        )
        self.whole = nn.Conv2d(widths[-1], widths[-1], _LAST_SIZE)
        self.heads = nn.Conv2d(widths[-1], num_domains, 1)

    def forward(self, images: Tensor, domains: Tensor) -> Tensor:
        h = F.leaky_relu(self.blocks(self.stem(images)), 0.2)
        logits = self.heads(F.leaky_relu(self.whole(h), 0.2))
        return logits.flatten(1).gather(1, domains[:, None]).squeeze(1)
