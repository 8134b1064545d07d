"""The textbook forms that `benchmarks/speed.py` measures against: eager float32, nothing fused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch import Tensor, nn

from munit_hub.domain_discriminator import PointwiseConv2d
from munit_hub.layers import ImageConv2d
from munit_hub.norms import FilterResponseNorm, InstanceNorm, LayerNorm
from munit_hub.upsampling import upsample_conv_textbook
from training.objectives.adversary import Critics, in_two_passes


def layer_norm(self: LayerNorm, x: Tensor) -> Tensor:
    """(x - mean) / (std + eps) * gamma + beta over C, H, W, an operation at a time."""
    flat = x.flatten(1)
    shape = (-1, 1, 1, 1)
    normalised = (x - flat.mean(1).view(shape)) / (flat.std(1).view(shape) + self.eps)
    return normalised * self.gamma.view(1, -1, 1, 1) + self.beta.view(1, -1, 1, 1)


def instance_norm(self: InstanceNorm, x: Tensor) -> Tensor:
    """PyTorch's own, whose gradient is right in the contiguous layout."""
    return nn.functional.instance_norm(x)


def adain(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """gamma * (x - mean) / std + beta over H, W, an operation at a time."""
    variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
    normalised = (x - mean) / (variance + 1e-5).sqrt()
    return normalised * gamma[..., None, None] + beta[..., None, None]


def filter_response_norm(self: FilterResponseNorm, x: Tensor) -> Tensor:
    """max(gamma * x / sqrt(mean(x^2) + eps) + beta, tau), an operation at a time."""
    mean_square = x.square().mean(dim=(2, 3), keepdim=True)
    normalised = x * torch.rsqrt(mean_square + self.eps)
    return torch.maximum(self.gamma * normalised + self.beta, self.tau)


def in_a_pass_each(
    network: Callable[..., Tensor], *batches: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    """A pass for each of the batches."""
    return tuple(network(*batch) for batch in batches)


@contextmanager
def textbook() -> Iterator[None]:
    """Every norm and pass, and the convolutions that have another form, by their definitions."""
    with ExitStack() as stack:
        for layer, definition in (
            (LayerNorm, layer_norm),
            (InstanceNorm, instance_norm),
            (FilterResponseNorm, filter_response_norm),
            (ImageConv2d, nn.Conv2d.forward),
            (PointwiseConv2d, nn.Conv2d.forward),
        ):
            stack.enter_context(mock.patch.object(layer, "forward", definition))
        stack.enter_context(mock.patch.object(Critics, "judge", in_two_passes))
        for name, function in (
            ("munit_hub.layers.adain", adain),
            ("munit_hub.upsampling.adain", adain),
            ("munit_hub.upsampling.upsample_conv", upsample_conv_textbook),
            ("training.objectives.munit.in_one_pass", in_a_pass_each),
            ("training.objectives.unit.in_one_pass", in_a_pass_each),
        ):
            stack.enter_context(mock.patch(name, function))
        yield


def without_carry(objective: nn.Module) -> Callable[..., object]:
    """The objective with a second generator pass for the critics."""
    return lambda phase, x, z, carry: objective(phase, x, z, {})
