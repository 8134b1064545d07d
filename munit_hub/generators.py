"""The generator of CycleGAN, straight from images to images; a style may steer it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from munit_hub.layers import ConvBlock, ResidualBlock, norm_layer

NUM_DOWNSAMPLES = 2  # stride-2 convolutions, fixed in the paper


class ResnetGenerator(nn.Module):
    """Images (B, in_channels, H, W) in [-1, 1] and styles (B, style_dim) to images in [-1, 1].

    7x7 convolution, two of stride 2, residual blocks, two transposed ones, 7x7 convolution.
    The numbers of a style are extra input channels, constant over the picture; then layer norm
    stands where instance norm does without a style, except in the residual branches.
    Source: Zhu et al. 2017, section 7.1; the style as in Zhu et al. 2017 (BicycleGAN), Fig. 3a.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        base_width: int,
        num_residual_blocks: int,
        style_dim: int = 0,
        dropout: float = 0.0,
    ):
        super().__init__()
        # Instance norm erases what is constant over the picture, as a style is.
        norm = "layer" if style_dim else "instance"
        width = base_width
        down = [ConvBlock(in_channels + style_dim, width, 7, 1, 3, "reflect", norm)]
        for _ in range(NUM_DOWNSAMPLES):
            down.append(ConvBlock(width, 2 * width, 3, 2, 1, "zero", norm))
            width *= 2
        self.down = nn.Sequential(*down)
        self.residual = nn.Sequential(
            *(ResidualBlock(width, "reflect", "relu", dropout) for _ in range(num_residual_blocks))
        )
        up = (TransposedBlock(width >> i, norm) for i in range(NUM_DOWNSAMPLES))
        self.up = nn.Sequential(*up)
        self.out = ConvBlock(base_width, out_channels, 7, 1, 3, "reflect", "none", "tanh")

    def forward(self, images: Tensor, style: Tensor) -> Tensor:
        planes = style[:, :, None, None].expand(-1, -1, *images.shape[-2:])
        h = self.down(torch.cat([images, planes], dim=1))
        return self.out(self.up(self.residual(h)))


class TransposedBlock(nn.Module):
    """Transposed convolution, normalisation, ReLU: (B, C, H, W) to (B, C/2, 2H, 2W)."""

    def __init__(self, channels: int, norm: str):
        super().__init__()
        self.conv = nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, output_padding=1)
        self.norm = norm_layer(norm, channels // 2)
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(x)))
