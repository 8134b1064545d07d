"""Normalisations: of layers, of planes (instance norm, AdaIN), of batches, filter response norm."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Samples up to so many numbers, from so many samples on, are faster as planes in half precision.
_SMALL, _SEVERAL = 2**15, 4


class LayerNorm(nn.Module):
    """Layer norm over C, H, W of each sample: (x - mean) / (std + eps), std unbiased.

    Per-channel `gamma` (drawn from U(0, 1)) and `beta` (zero). Shapes (B, C, H, W).
    Source: the reference's layer norm, ../shared/PAPERS.md.
    """

    def __init__(self, channels: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.rand(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        # Group norm with one group is one fused kernel with float32 statistics, 10 to 50 times
        # faster on CPU than mean and std by hand. It divides by the biased deviation without an
        # eps on it; `correction` turns that into this layer's denominator. Its own gradient is
        # of relative size eps / std and is left out.
        batch, channels, height, width = x.shape
        count = channels * height * width
        x = x if x.device.type == "cpu" else x.contiguous()  # no other layout is taken there
        normalised, _, inverse_std = torch.native_group_norm(
            x, None, None, batch, channels, height * width, 1, 1e-12
        )
        with torch.no_grad():
            unbiased = math.sqrt(count / max(count - 1, 1))
            correction = 1 / (unbiased + self.eps * inverse_std.float())
        scale = correction.view(batch, 1, 1, 1) * self.gamma.view(1, -1, 1, 1)
        return torch.addcmul(self.beta.view(1, -1, 1, 1).to(x.dtype), normalised, scale.to(x.dtype))


class InstanceNorm(nn.Module):
    """(x - mean) / std of every plane: statistics over H, W of each sample and channel."""

    def forward(self, x: Tensor) -> Tensor:
        return normalise_planes(x)


class BatchNorm(nn.BatchNorm1d):
    """Batch norm of images (B, C, H, W); as a matrix for the reasons `normalise_planes` gives."""

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        if not in_rows(x):
            return super().forward(x.flatten(2)).view(x.shape)
        rows = x.permute(0, 2, 3, 1).reshape(-1, channels)
        return super().forward(rows).view(batch, height, width, channels).permute(0, 3, 1, 2)


def adain(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """gamma * (x - mean) / std + beta, statistics over H, W of each sample and channel.

    x (B, C, H, W); gamma, beta (B, C). Source: Huang et al. 2018, Eq. 7.
    """
    exact = torch.promote_types(x.dtype, torch.float32)  # batch norm takes no halves for these
    return normalise_planes(x, gamma.flatten().to(exact), beta.flatten().to(exact))


def normalise_planes(x: Tensor, gamma: Tensor | None = None, beta: Tensor | None = None) -> Tensor:
    """Every plane of x (B, C, H, W) normalised, then times gamma plus beta, (B * C) numbers each.

    Not `F.instance_norm`: on the CPU (torch 2.13) its gradient is wrong, silently, for a batch of
    one image in channels-last layout, where a size of 1 lets strides be taken for either layout.
    Matrices and three dimensions have but one layout, which the gradient has as well.
    """
    if not in_rows(x):
        return _by_planes(x, gamma, beta)
    if x.element_size() == 2 and len(x) >= _SEVERAL and x[0].numel() <= _SMALL:
        planes = InLayout.apply(x, torch.contiguous_format, torch.channels_last)
        normalised = _by_planes(planes, gamma, beta)
        return InLayout.apply(normalised, torch.channels_last, torch.contiguous_format)
    return _by_samples(x, gamma, beta)


def _by_planes(x: Tensor, gamma: Tensor | None, beta: Tensor | None) -> Tensor:
    """Every (sample, channel) plane as a channel of its own: one kernel with the affine part."""
    batch, channels, height, width = x.shape
    planes = x.reshape(1, batch * channels, height * width)
    return F.batch_norm(planes, None, None, gamma, beta, training=True).view(x.shape)


def _by_samples(x: Tensor, gamma: Tensor | None, beta: Tensor | None) -> Tensor:
    """Every sample as a matrix, a pixel a row: nothing is brought into another layout.

    Ten times faster than the planes of large maps. Small ones of half precision take longer to
    ask for, sample by sample, than to bring into the other layout and back.
    """
    batch, channels, height, width = x.shape
    affine = (None if p is None else p.view(batch, channels) for p in (gamma, beta))
    scales, shifts = ([None] * batch if p is None else p.unbind() for p in affine)
    samples = x.permute(0, 2, 3, 1).reshape(batch, -1, channels).unbind()
    normalised = [
        F.batch_norm(sample, None, None, scale, shift, training=True)
        for sample, scale, shift in zip(samples, scales, shifts, strict=True)
    ]
    together = normalised[0] if batch == 1 else torch.stack(normalised)
    return together.view(batch, height, width, channels).permute(0, 3, 1, 2)


class InLayout(torch.autograd.Function):
    """x (B, C, H, W) in a layout, and its gradient in the layout that x had."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, layout: torch.memory_format, before: torch.memory_format
    ) -> Tensor:
        ctx.before = before
        return x.contiguous(memory_format=layout)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.contiguous(memory_format=ctx.before), None, None


def in_rows(x: Tensor) -> bool:
    """Whether x (B, C, H, W) is best taken as rows of channels: channels-last on the CPU."""
    return x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)


class SumOfSquares(torch.autograd.Function):
    """x (B, C, H, W) to the sums of x^2 (B, C, 1, 1), float32 at least; one pass a derivative."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        dtype = torch.promote_types(x.dtype, torch.float32)
        return torch.linalg.vector_norm(x, 2, (2, 3), keepdim=True, dtype=dtype).square()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return (2 * gradient).to(x.dtype) * x


class FilterResponseNorm(nn.Module):
    """max(gamma * x / sqrt(mean(x^2) + eps) + beta, tau), the mean over H, W of each channel.

    Norm and activation in one, without batch statistics. Shapes (B, C, H, W). Source: Singh and
    Krishnan 2020, Eq. 1-3.
    """

    def __init__(self, channels: int, eps: float = 1e-6):
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.tau = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        mean_square = SumOfSquares.apply(x) / (x.shape[2] * x.shape[3])
        scale = (self.gamma * torch.rsqrt(mean_square + self.eps)).to(x.dtype)
        # The maximum as a ReLU: its derivatives, of which R1 takes two, are several times faster.
        above = torch.addcmul((self.beta - self.tau).to(x.dtype), x, scale)
        return F.relu(above, inplace=True) + self.tau.to(x.dtype)
