"""Convolution blocks, normalisations and the upsampling convolution every network is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PADDINGS = {"reflect": "reflect", "replicate": "replicate", "zero": "constant"}  # as in `F.pad`
ACTIVATIONS = ("relu", "lrelu", "prelu", "selu", "tanh", "none")
NORMS = ("none", "instance", "layer", "batch", "spectral")


def choose(value: str, allowed: Iterable[str], argument: str) -> str:
    """The value itself when it is allowed; otherwise a ValueError that names what is."""
    if value not in list(allowed):
        raise ValueError(f"{argument}={value!r} is unknown; allowed are {', '.join(allowed)}.")
    return value


def pad(x: Tensor, sides: tuple[int, ...], padding: str) -> Tensor:
    """x (B, C, H, W) with borders of (left, right, top, bottom) pixels of that kind of padding.

    Nothing is computed, so that autocast need not make float32 of it, as it does on the CPU.
    """
    with torch.autocast("cpu", enabled=False):
        return F.pad(x, sides, mode=PADDINGS[padding])


def activation_layer(name: str) -> nn.Module:
    """The activation of that name, where it can in place; leaky ReLU has slope 0.2."""
    layers = {
        "relu": lambda: nn.ReLU(inplace=True),
        "lrelu": lambda: nn.LeakyReLU(0.2, inplace=True),
        "prelu": lambda: nn.PReLU(),
        "selu": lambda: nn.SELU(),
        "tanh": lambda: nn.Tanh(),
        "none": lambda: nn.Identity(),
    }
    return layers[choose(name, ACTIVATIONS, "activation")]()


def norm_layer(name: str, channels: int) -> nn.Module:
    """The normalisation of that name; spectral norm belongs to the convolution, so none here."""
    layers = {
        "none": lambda: nn.Identity(),
        "spectral": lambda: nn.Identity(),
        "instance": lambda: InstanceNorm(),
        "batch": lambda: BatchNorm(channels),
        "layer": lambda: LayerNorm(channels),
    }
    return layers[choose(name, NORMS, "norm")]()


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
    batch, channels, height, width = x.shape
    if not in_rows(x):
        # Every (sample, channel) plane as a channel of its own: one kernel with the affine part.
        planes = x.reshape(1, batch * channels, height * width)
        return F.batch_norm(planes, None, None, gamma, beta, training=True).view(x.shape)
    # A sample is a matrix, a pixel a row, and nothing is brought into another layout: ten times
    # faster than the planes.
    affine = (None if p is None else p.view(batch, channels) for p in (gamma, beta))
    scales, shifts = ([None] * batch if p is None else p.unbind() for p in affine)
    samples = x.permute(0, 2, 3, 1).reshape(batch, -1, channels).unbind()
    normalised = [
        F.batch_norm(sample, None, None, scale, shift, training=True)
        for sample, scale, shift in zip(samples, scales, shifts, strict=True)
    ]
    together = normalised[0] if batch == 1 else torch.stack(normalised)
    return together.view(batch, height, width, channels).permute(0, 3, 1, 2)


def in_rows(x: Tensor) -> bool:
    """Whether x (B, C, H, W) is best taken as rows of channels: channels-last on the CPU."""
    return x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)


class SpectralConv2d(nn.Conv2d):
    """A convolution whose weight is divided by its largest singular value.

    One power iteration a forward pass, as the reference does it. Source: Miyato et al. 2018.
    """

    left: Tensor
    right: Tensor

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rows = self.weight.shape[0]
        self.register_buffer("left", F.normalize(torch.randn(rows), dim=0))
        self.register_buffer("right", F.normalize(torch.randn(self.weight[0].numel()), dim=0))

    def forward(self, x: Tensor) -> Tensor:
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            right = F.normalize(matrix.t() @ self.left, dim=0, eps=1e-12)
            left = F.normalize(matrix @ right, dim=0, eps=1e-12)
            self.right.copy_(right)
            self.left.copy_(left)
        sigma = left @ matrix @ right
        return self._conv_forward(x, self.weight / sigma, self.bias)


class ConvBlock(nn.Module):
    """Padding, convolution, normalisation, activation. (B, C, H, W) to (B, C', H/s, W/s)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        padding_mode: str = "reflect",
        norm: str = "none",
        activation: str = "relu",
    ):
        super().__init__()
        self.padding_mode = choose(padding_mode, PADDINGS, "padding")
        self.padding = 0 if padding_mode == "zero" else padding
        conv = SpectralConv2d if norm == "spectral" else nn.Conv2d
        self.conv = conv(in_channels, out_channels, kernel, stride, padding - self.padding)
        self.norm = norm_layer(norm, out_channels)
        self.activation = activation_layer(activation)

    def forward(self, x: Tensor) -> Tensor:
        if self.padding:
            x = pad(x, (self.padding,) * 4, self.padding_mode)
        return self.activation(self.norm(self.conv(x)))


class ResidualBlock(nn.Module):
    """x + scale * two 3x3 convolutions with instance norm; the second has no activation.

    `dropout` is the probability that a number between them is dropped, while training.
    """

    def __init__(
        self,
        channels: int,
        padding_mode: str,
        activation: str,
        dropout: float = 0.0,
        scale: float = 1.0,
    ):
        super().__init__()
        self.scale = scale
        self.first = ConvBlock(channels, channels, 3, 1, 1, padding_mode, "instance", activation)
        self.dropout = nn.Dropout(dropout)
        self.second = ConvBlock(channels, channels, 3, 1, 1, padding_mode, "instance", "none")

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(x, self.second(self.dropout(self.first(x))), alpha=self.scale)


class AdainResidualBlock(nn.Module):
    """x + scale * two 3x3 convolutions, each with AdaIN, its parameters given from outside."""

    num_adain = 2  # layers that take a (beta, gamma) pair

    def __init__(self, channels: int, padding_mode: str, activation: str, scale: float = 1.0):
        super().__init__()
        self.scale = scale
        self.first = ConvBlock(channels, channels, 3, 1, 1, padding_mode, "none", "none")
        self.second = ConvBlock(channels, channels, 3, 1, 1, padding_mode, "none", "none")
        self.activation = activation_layer(activation)

    def forward(self, x: Tensor, beta: Tensor, gamma: Tensor) -> Tensor:
        """x (B, C, H, W); beta and gamma (B, 2, C), one row a convolution.

        One x for all of beta and gamma (B = 1) is convolved but once.
        """
        h = self.first(x)
        if len(h) < len(gamma):
            h = h.expand(len(gamma), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        h = self.activation(adain(h, gamma[:, 0], beta[:, 0]))
        h = adain(self.second(h), gamma[:, 1], beta[:, 1])
        return torch.add(x, h, alpha=self.scale)
