"""Nearest upsampling by 2 followed by a 5x5 convolution, as four 3x3 convolutions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.layers import PADDINGS, LayerNorm, activation_layer, adain, choose, pad

# Which of the three taps on the small map each of the five taps on the upsampled map falls on,
# for the even and for the odd output positions: up[j] = x[j // 2].
_TAPS = torch.tensor(
    [
        [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]],
        [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
    ],
    dtype=torch.float32,
)


def subpixel_weight(weight: Tensor) -> Tensor:
    """(O, I, 5, 5) on the upsampled map to (4 O, I, 3, 3) on the small one, pixel-shuffle order."""
    taps = _TAPS.to(weight)
    small = torch.einsum("pyk,qxl,oikl->opqiyx", taps, taps, weight)
    return small.reshape(4 * weight.shape[0], weight.shape[1], 3, 3)


def upsample_conv_textbook(x: Tensor, weight: Tensor, bias: Tensor, padding_mode: str) -> Tensor:
    """Upsample by 2 (nearest), pad by 2, convolve with 5x5: the definition."""
    up = F.interpolate(x, scale_factor=2, mode="nearest")
    return F.conv2d(pad(up, (2, 2, 2, 2), padding_mode), weight, bias)


def upsample_conv(x: Tensor, weight: Tensor, bias: Tensor, padding_mode: str) -> Tensor:
    """The same function with 2.8 times fewer multiplications. (B, I, H, W) to (B, O, 2H, 2W).

    Replication of the small map is replication of the upsampled one, and zeros are zeros. A
    reflected border is not (up[-2] is x[1], up[-1] is x[0]), so there the outermost pixels on
    each side are computed by the definition.
    """
    border = "zero" if padding_mode == "zero" else "replicate"
    padded = pad(x, (1, 1, 1, 1), border)
    small = F.conv2d(padded, subpixel_weight(weight), bias.repeat_interleave(4))
    y = F.pixel_shuffle(small, 2)
    return _with_reflected_border(y, x, weight, bias) if padding_mode == "reflect" else y


def _with_reflected_border(y: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """y with its first and last rows and columns replaced by those of the reflected map."""
    height, width = y.shape[-2:]
    # First and last lie 2H - 1 apart, so one strided slice holds both.
    rows = _reflected_ends(x.transpose(2, 3), weight.transpose(2, 3), bias).transpose(2, 3)
    y[..., :: height - 1, :] = rows.to(y.dtype)
    y[..., :: width - 1] = _reflected_ends(x, weight, bias).to(y.dtype)
    return y


def _reflected_ends(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """First and last column of the textbook result, (B, O, 2H, 2), in one convolution."""
    ends = torch.cat((x[..., :2], x[..., -2:].flip(3)))
    up = pad(F.interpolate(ends, scale_factor=2, mode="nearest"), (2, 0, 2, 2), "reflect")
    first, last = up[..., :5].chunk(2)
    columns = F.conv2d(torch.cat((first, last.flip(3))), weight, bias)
    return torch.cat(columns.chunk(2), dim=3)


class UpsampleBlock(nn.Module):
    """Upsample by 2, 5x5 convolution, layer norm, activation. (B, I, H, W) to (B, O, 2H, 2W)."""

    def __init__(self, in_channels: int, out_channels: int, padding_mode: str, activation: str):
        super().__init__()
        self.padding_mode = choose(padding_mode, PADDINGS, "padding")
        self.conv = nn.Conv2d(in_channels, out_channels, 5)
        self.norm = LayerNorm(out_channels)
        self.activation = activation_layer(activation)

    def forward(self, x: Tensor) -> Tensor:
        assert self.conv.bias is not None
        y = upsample_conv(x, self.conv.weight, self.conv.bias, self.padding_mode)
        return self.activation(self.norm(y))


class AdainUpsampleBlock(nn.Module):
    """Upsample by 2, 5x5 convolution, AdaIN, ReLU. (B, I, H, W) to (B, O, 2H, 2W)."""

    def __init__(self, in_channels: int, out_channels: int, padding_mode: str):
        super().__init__()
        self.padding_mode = choose(padding_mode, PADDINGS, "padding")
        self.conv = nn.Conv2d(in_channels, out_channels, 5)

    def forward(self, x: Tensor, beta: Tensor, gamma: Tensor) -> Tensor:
        """x (B, I, H, W); beta and gamma (B, O)."""
        assert self.conv.bias is not None
        y = upsample_conv(x, self.conv.weight, self.conv.bias, self.padding_mode)
        return F.relu(adain(y, gamma, beta), inplace=True)
