"""Paddings, activations, and the convolution and residual blocks every network is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.norms import BatchNorm, InstanceNorm, LayerNorm, adain

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
    """The activation of that name; leaky ReLU has slope 0.2."""
    # Not in place: a norm's result is a view, through which the gradient would be copied thrice.
    layers: dict[str, Callable[[], nn.Module]] = {
        "relu": nn.ReLU,
        "lrelu": partial(nn.LeakyReLU, 0.2),
        "prelu": nn.PReLU,
        "selu": nn.SELU,
        "tanh": nn.Tanh,
        "none": nn.Identity,
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


class ImageConv2d(nn.Conv2d):
    """A convolution to few channels, such as the 7x7 one that every generator ends with.

    A kernel fills its registers with 16 channels or 32; three leave them empty. Each row of the
    kernel as output channels of their own, 7 times 3, then their sum down the rows, exact: on a CPU
    twice as fast, gradients too.
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu":
            return super().forward(x)
        assert not isinstance(self.padding, str)
        above, beside = self.padding
        channels, _, height, _ = self.weight.shape
        rows = self.weight.permute(2, 0, 1, 3).flatten(0, 1).unsqueeze(2)
        y = F.conv2d(x, rows, None, 1, (0, beside))
        ones = torch.eye(channels * height, dtype=y.dtype).view(-1, height, channels, 1)
        return F.conv2d(y, ones.permute(2, 0, 1, 3), self.bias, 1, (above, 0))


def _kind_of_conv(norm: str, out_channels: int, kernel: int, stride: int) -> type[nn.Conv2d]:
    if norm == "spectral":
        return SpectralConv2d
    return ImageConv2d if out_channels <= 3 and kernel >= 5 and stride == 1 else nn.Conv2d


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
        conv = _kind_of_conv(norm, out_channels, kernel, stride)
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
