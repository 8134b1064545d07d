"""A model in operations that exporters and other runtimes know; the same function to 1e-5.

Ours are arranged for PyTorch's kernels: norms as batch norms of rearranged maps, in-place strided
writes, precisions told to autocast. Traced, they would become dozens of small operations.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.layers import PADDINGS, AdainResidualBlock, ConvBlock
from munit_hub.norms import BatchNorm, InstanceNorm, LayerNorm
from munit_hub.upsampling import AdainUpsampleBlock, UpsampleBlock, subpixel_weight

M = TypeVar("M", bound=nn.Module)


def exportable(model: M) -> M:
    """A copy whose layers trace to few and common operations; for evaluation only."""
    traced = copy.deepcopy(model).eval()
    for name, part in list(traced.named_modules()):
        if type(part) in _FORMS:
            traced.set_submodule(name, _FORMS[type(part)](part))
    return traced


class _Conv(nn.Module):
    """A `ConvBlock`."""

    def __init__(self, block: ConvBlock):
        super().__init__()
        self.sides, self.mode = (block.padding,) * 4, PADDINGS[block.padding_mode]
        self.conv, self.norm, self.activation = block.conv, block.norm, block.activation

    def forward(self, x: Tensor) -> Tensor:
        if self.sides[0]:
            x = F.pad(x, self.sides, mode=self.mode)
        return self.activation(self.norm(self.conv(x)))


class _InstanceNorm(nn.Module):
    """An `InstanceNorm`, which has no parameters."""

    def __init__(self, norm: InstanceNorm):
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return F.instance_norm(x)


class _BatchNorm(nn.Module):
    """A `BatchNorm` as a scale and a shift, which runtimes fold into the convolution before it."""

    def __init__(self, norm: BatchNorm):
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        norm = self.norm
        statistics = (norm.running_mean, norm.running_var)
        return F.batch_norm(x, *statistics, norm.weight, norm.bias, False, 0.0, norm.eps)


class _LayerNorm(nn.Module):
    """A `LayerNorm` by its definition, gamma and beta taken into one scale and one shift."""

    def __init__(self, norm: LayerNorm):
        super().__init__()
        self.gamma, self.beta, self.eps = norm.gamma, norm.beta, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((1, 2, 3), keepdim=True)
        squares = (x - mean).square().sum((1, 2, 3), keepdim=True)
        deviation = (squares / (x[0].numel() - 1)).sqrt()
        scale = self.gamma.view(1, -1, 1, 1) / (deviation + self.eps)
        return x * scale + (self.beta.view(1, -1, 1, 1) - mean * scale)


def _adain(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """`layers.adain`; one x for all of gamma and beta is broadcast."""
    return F.instance_norm(x) * gamma[..., None, None] + beta[..., None, None]


class _AdainResidual(nn.Module):
    """An `AdainResidualBlock`."""

    def __init__(self, block: AdainResidualBlock):
        super().__init__()
        self.first, self.second = block.first, block.second
        self.activation, self.scale = block.activation, block.scale

    def forward(self, x: Tensor, beta: Tensor, gamma: Tensor) -> Tensor:
        h = self.activation(_adain(self.first(x), gamma[:, 0], beta[:, 0]))
        h = _adain(self.second(h), gamma[:, 1], beta[:, 1])
        return torch.add(x, h, alpha=self.scale)


class _UpsampleConv(nn.Module):
    """`upsampling.upsample_conv` without writing into a tensor, its weights made once."""

    def __init__(self, conv: nn.Conv2d, padding_mode: str):
        super().__init__()
        assert conv.bias is not None
        self.reflected = padding_mode == "reflect"
        self.mode = "constant" if padding_mode == "zero" else "replicate"
        weight, bias = conv.weight.detach(), conv.bias.detach()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        quarters = subpixel_weight(weight).unflatten(0, (4, -1))
        self.small_weight = nn.Parameter(quarters.transpose(0, 1).flatten(0, 1))  # pixel_shuffle's
        self.small_bias = nn.Parameter(bias.repeat_interleave(4))
        self.turned_weight = nn.Parameter(weight.transpose(2, 3).contiguous())

    def forward(self, x: Tensor) -> Tensor:
        padded = F.pad(x, (1, 1, 1, 1), mode=self.mode)
        y = F.pixel_shuffle(F.conv2d(padded, self.small_weight, self.small_bias), 2)
        if not self.reflected:
            return y
        turned = self._ends(x.transpose(2, 3), self.turned_weight)
        top, bottom = (row.transpose(2, 3) for row in turned)
        left, right = self._ends(x, self.weight)
        y = torch.cat((top, y[:, :, 1:-1], bottom), dim=2)
        return torch.cat((left, y[:, :, :, 1:-1], right), dim=3)

    def _ends(self, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """First and last column of the definition's result, (B, O, 2H, 1) each."""
        first, last = (
            F.pad(F.interpolate(end, scale_factor=2.0, mode="nearest"), sides, mode="reflect")
            for end, sides in ((x[..., :2], (2, 0, 2, 2)), (x[..., -2:], (0, 2, 2, 2)))
        )
        return (
            F.conv2d(first[..., :5], weight, self.bias),
            F.conv2d(last[..., -5:], weight, self.bias),
        )


class _Upsample(nn.Module):
    """An `UpsampleBlock`."""

    def __init__(self, block: UpsampleBlock):
        super().__init__()
        self.conv = _UpsampleConv(block.conv, block.padding_mode)
        self.norm, self.activation = block.norm, block.activation

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(x)))


class _AdainUpsample(nn.Module):
    """An `AdainUpsampleBlock`."""

    def __init__(self, block: AdainUpsampleBlock):
        super().__init__()
        self.conv = _UpsampleConv(block.conv, block.padding_mode)

    def forward(self, x: Tensor, beta: Tensor, gamma: Tensor) -> Tensor:
        return F.relu(_adain(self.conv(x), gamma, beta))


_FORMS: dict[type[nn.Module], Callable[..., nn.Module]] = {
    ConvBlock: _Conv,
    InstanceNorm: _InstanceNorm,
    BatchNorm: _BatchNorm,
    LayerNorm: _LayerNorm,
    AdainResidualBlock: _AdainResidual,
    UpsampleBlock: _Upsample,
    AdainUpsampleBlock: _AdainUpsample,
}
