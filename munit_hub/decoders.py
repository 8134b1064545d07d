"""Decoders: MUNIT's and TUNIT's, which AdaIN steers, with the network that turns a style into its
parameters, and the one of UNIT, which has no style.
"""

from __future__ import annotations

from torch import Tensor, nn

from munit_hub.layers import AdainResidualBlock, ConvBlock, ResidualBlock, activation_layer
from munit_hub.upsampling import AdainUpsampleBlock, UpsampleBlock


class StyleMlp(nn.Module):
    """A style (B, style_dim) to the parameters of every AdaIN layer (B, num_parameters).

    For one layer after the other beta, then gamma. Three linear layers. Source: Huang et al.
    2018, section 5.1.
    """

    def __init__(self, style_dim: int, width: int, num_parameters: int, activation: str):
        super().__init__()
        sizes = (style_dim, width, width, num_parameters)
        self.layers = nn.ModuleList(
            nn.Linear(i, o) for i, o in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.activations = nn.ModuleList(activation_layer(activation) for _ in range(2))

    def forward(self, style: Tensor) -> Tensor:
        h = style
        for layer, activation in zip(self.layers[:-1], self.activations, strict=True):
            h = activation(layer(h))
        return self.layers[-1](h)


class AdainDecoder(nn.Module):
    """A content code and AdaIN parameters to images (B, channels, H, W) in [-1, 1].

    Residual blocks with AdaIN, then `num_upsamples` times upsample-convolution with layer norm.
    Source: Huang et al. 2018, section 5.1.
    """

    def __init__(
        self,
        channels: int,
        content_channels: int,
        num_upsamples: int,
        num_residual_blocks: int,
        activation: str,
        padding: str,
    ):
        super().__init__()
        width = content_channels
        self.residual = nn.ModuleList(
            AdainResidualBlock(width, padding, activation) for _ in range(num_residual_blocks)
        )
        self.up = upsampling_blocks(width, num_upsamples, activation, padding)
        self.out = image_layer(channels, width // 2**num_upsamples, padding)

    @staticmethod
    def num_parameters(content_channels: int, num_residual_blocks: int) -> int:
        """How many numbers steer a decoder of that width and depth."""
        return num_residual_blocks * AdainResidualBlock.num_adain * 2 * content_channels

    def forward(self, content: Tensor, adain_parameters: Tensor) -> Tensor:
        return self.out(self.up(steered(self.residual, content, adain_parameters)))


class StyledDecoder(nn.Module):
    """A content code and AdaIN parameters to images (B, channels, H, W) in [-1, 1].

    Residual blocks, then `num_upsamples` times upsample-convolution, all with AdaIN; ReLU and
    reflection everywhere. Source: Baek et al. 2021 (TUNIT); the reference's networks.
    """

    def __init__(
        self,
        channels: int,
        content_channels: int,
        num_upsamples: int,
        num_residual_blocks: int,
        residual_scale: float,
    ):
        super().__init__()
        width = content_channels
        self.residual = nn.ModuleList(
            AdainResidualBlock(width, "reflect", "relu", residual_scale)
            for _ in range(num_residual_blocks)
        )
        widths = [width // 2**i for i in range(num_upsamples + 1)]
        self.up = nn.ModuleList(
            AdainUpsampleBlock(i, o, "reflect")
            for i, o in zip(widths[:-1], widths[1:], strict=True)
        )
        self.out = image_layer(channels, widths[-1], "reflect")
        residual = num_residual_blocks * AdainResidualBlock.num_adain * 2 * width
        self.split = [residual, *(2 * o for o in widths[1:])]  # AdaIN parameters: blocks, each up

    @property
    def num_parameters(self) -> int:
        """How many numbers steer it."""
        return sum(self.split)

    def forward(self, content: Tensor, adain_parameters: Tensor) -> Tensor:
        first, *others = adain_parameters.split(self.split, dim=1)
        h = steered(self.residual, content, first)
        for block, pair in zip(self.up, others, strict=True):
            beta, gamma = pair.chunk(2, dim=1)
            h = block(h, beta, gamma)
        return self.out(h)


class Decoder(nn.Module):
    """A latent code (B, latent_channels, h, w) to images (B, channels, H, W) in [-1, 1].

    Residual blocks with instance norm, then `num_upsamples` times upsample-convolution with
    layer norm. Source: Liu et al. 2017.
    """

    def __init__(
        self,
        channels: int,
        latent_channels: int,
        num_upsamples: int,
        num_residual_blocks: int,
        activation: str,
        padding: str,
    ):
        super().__init__()
        blocks = (
            ResidualBlock(latent_channels, padding, activation) for _ in range(num_residual_blocks)
        )
        self.residual = nn.Sequential(*blocks)
        self.up = upsampling_blocks(latent_channels, num_upsamples, activation, padding)
        self.out = image_layer(channels, latent_channels // 2**num_upsamples, padding)

    def forward(self, latent: Tensor) -> Tensor:
        return self.out(self.up(self.residual(latent)))


def steered(blocks: nn.ModuleList, content: Tensor, adain_parameters: Tensor) -> Tensor:
    """Content (B, C, H, W) through AdaIN residual blocks; parameters (B, blocks * 4 * C)."""
    h = content
    shape = (len(blocks), AdainResidualBlock.num_adain, 2, content.shape[1])
    for block, pair in zip(blocks, adain_parameters.unflatten(1, shape).unbind(1), strict=True):
        h = block(h, beta=pair[:, :, 0], gamma=pair[:, :, 1])
    return h


def upsampling_blocks(width: int, count: int, activation: str, padding: str) -> nn.Sequential:
    """`count` upsample-convolutions, each halving the channels and doubling the size."""
    widths = [width // 2**i for i in range(count + 1)]
    pairs = zip(widths[:-1], widths[1:], strict=True)
    return nn.Sequential(*(UpsampleBlock(i, o, padding, activation) for i, o in pairs))


def image_layer(channels: int, width: int, padding: str) -> ConvBlock:
    """The last 7x7 convolution, with tanh, to images in [-1, 1]."""
    return ConvBlock(width, channels, 7, 1, 3, padding, "none", "tanh")
