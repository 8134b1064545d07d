"""What a system with one output an input answers where others are asked for a style."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class OneOutputMixin:
    """A style of no numbers: every call that takes or gives styles works, and changes nothing."""

    style_dim = 0
    device: torch.device
    dtype: torch.dtype
    __call__: Callable[..., Tensor]  # the model's own, (images, source, target)

    def encode_style(self, images: Tensor, domain: str | int) -> Tensor:
        """The empty style of every image, (B, 0)."""
        return images.new_empty(len(images), 0)

    def sample_style(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n empty styles, (n, 0)."""
        return torch.empty(n, 0, device=self.device, dtype=self.dtype)

    def translator(
        self, images: Tensor, source: str | int, target: str | int
    ) -> Callable[[Tensor], Tensor]:
        """A function of styles (N, 0) to the one translation of each image, repeated if B = 1."""
        x_ab = self(images, source, target)
        return lambda style: x_ab.expand(len(style), -1, -1, -1)
