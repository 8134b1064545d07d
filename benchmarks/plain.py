"""The textbook forms that `benchmarks/speed.py` measures against: eager float32, nothing fused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from torch import Tensor, nn

from munit_hub.layers import LayerNorm
from munit_hub.upsampling import upsample_conv_textbook


def layer_norm(self: LayerNorm, x: Tensor) -> Tensor:
    """(x - mean) / (std + eps) * gamma + beta over C, H, W, an operation at a time."""
    flat = x.flatten(1)
    shape = (-1, 1, 1, 1)
    normalised = (x - flat.mean(1).view(shape)) / (flat.std(1).view(shape) + self.eps)
    return normalised * self.gamma.view(1, -1, 1, 1) + self.beta.view(1, -1, 1, 1)


def adain(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """gamma * (x - mean) / std + beta over H, W, an operation at a time."""
    variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
    normalised = (x - mean) / (variance + 1e-5).sqrt()
    return normalised * gamma[..., None, None] + beta[..., None, None]


@contextmanager
def textbook() -> Iterator[None]:
    """Layer norm, AdaIN and the upsampling convolution by their definitions."""
    with (
        mock.patch.object(LayerNorm, "forward", layer_norm),
        mock.patch("munit_hub.layers.adain", adain),
        mock.patch("munit_hub.upsampling.adain", adain),
        mock.patch("munit_hub.upsampling.upsample_conv", upsample_conv_textbook),
    ):
        yield


def without_carry(objective: nn.Module) -> Callable[..., object]:
    """The objective with a second generator pass for the critics."""
    return lambda phase, x, z, carry: objective(phase, x, z, {})
