"""The content encoder and the style encoder."""

from __future__ import annotations

from torch import Tensor, nn

from munit_hub.layers import ConvBlock, ResidualBlock

STYLE_DOWNSAMPLES = 4  # stride-2 convolutions of the style encoder, fixed in the paper


class ContentEncoder(nn.Module):
    """Images (B, channels, H, W) in [-1, 1] to a content code (B, C, H/2^n, W/2^n).

    C = base_width * 2^n. Instance norm everywhere. The residual branches count
    `residual_scale`. Source: Huang et al. 2018, section 5.1.
    """

    def __init__(
        self,
        channels: int,
        base_width: int,
        num_downsamples: int,
        num_residual_blocks: int,
        activation: str,
        padding: str,
        residual_scale: float = 1.0,
    ):
        super().__init__()
        width = base_width
        down = [ConvBlock(channels, width, 7, 1, 3, padding, "instance", activation)]
        for _ in range(num_downsamples):
            down.append(ConvBlock(width, 2 * width, 4, 2, 1, padding, "instance", activation))
            width *= 2
        self.down = nn.Sequential(*down)
        self.residual = nn.Sequential(
            *(
                ResidualBlock(width, padding, activation, scale=residual_scale)
                for _ in range(num_residual_blocks)
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.residual(self.down(images))


class StyleEncoder(nn.Module):
    """Images (B, channels, H, W) in [-1, 1], H and W at least 16, to a style (B, style_dim).

    No normalisation: instance norm would erase the style. Source: Huang et al. 2018, section 5.1.
    """

    def __init__(
        self, channels: int, base_width: int, style_dim: int, activation: str, padding: str
    ):
        super().__init__()
        width = base_width
        down = [ConvBlock(channels, width, 7, 1, 3, padding, "none", activation)]
        for index in range(STYLE_DOWNSAMPLES):
            wider = 2 * width if index < 2 else width
            down.append(ConvBlock(width, wider, 4, 2, 1, padding, "none", activation))
            width = wider
        self.down = nn.Sequential(*down)
        self.project = nn.Conv2d(width, style_dim, 1)

    def forward(self, images: Tensor) -> Tensor:
        pooled = self.down(images).mean(dim=(2, 3), keepdim=True)
        return self.project(pooled).flatten(1)
