"""TUNIT's guiding network: which of the discovered domains an image is of, and its style."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.layers import ConvBlock

# VGG11: the widths of its convolutions in multiples of the first, and those that pooling follows.
_WIDTHS = (1, 2, 4, 4, 8, 8, 8, 8)
_POOLED = (0, 1, 3, 5, 7)
MIN_SIZE = 2 ** len(_POOLED)  # pixels, so that the last pooling has something to pool


class Guidance(NamedTuple):
    """What guides a translation: style (B, style_dim) and logits (B, num_domains)."""

    style: Tensor
    logits: Tensor


class GuidingNetwork(nn.Module):
    """Images (B, channels, H, W) in [-1, 1], H and W at least 32, to their `Guidance`.

    The convolutions of VGG11 with batch norm, pooled over the image, and two linear heads.
    Source: Baek et al. 2021 (TUNIT), section 3.2; Simonyan and Zisserman 2015, table 1 (A).
    """

    def __init__(self, channels: int, base_width: int, style_dim: int, num_domains: int):
        super().__init__()
        widths = [channels, *(base_width * factor for factor in _WIDTHS)]
        self.trunk = nn.ModuleList(
            ConvBlock(i, o, 3, 1, 1, "zero", "batch", "relu")
            for i, o in zip(widths[:-1], widths[1:], strict=True)
        )
        self.style = nn.Linear(widths[-1], style_dim)
        self.logits = nn.Linear(widths[-1], num_domains)

    def forward(self, images: Tensor) -> Guidance:
        h = images
        for index, block in enumerate(self.trunk):
            h = block(h)
            if index in _POOLED:
                h = F.max_pool2d(h, 2)
        pooled = h.mean(dim=(2, 3))
        return Guidance(self.style(pooled), self.logits(pooled))
