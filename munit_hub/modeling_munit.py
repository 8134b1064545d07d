"""MUNIT: a content space shared by the domains, a style space for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from munit_hub.base import TranslationModel
from munit_hub.decoders import AdainDecoder, StyleMlp
from munit_hub.domains import check_domains
from munit_hub.encoders import STYLE_DOWNSAMPLES, ContentEncoder, StyleEncoder


class MunitEncoding(NamedTuple):
    """What an image is made of: content (B, C, H/4, W/4) and style (B, style_dim)."""

    content: Tensor
    style: Tensor


class MunitModel(TranslationModel):
    """Multimodal unsupervised image-to-image translation between named domains.

    Images are (B, channels, H, W) in [-1, 1]; H and W divide by `size_multiple` and are at
    least `min_size`. A domain is given by its name or its index. Source: Huang et al. 2018.

    Config: `channels` and `domain_names` (one entry a domain), `base_width`,
    `num_residual_blocks`, `num_downsamples`, `style_dim`, `mlp_width`, `activation` (relu,
    lrelu, prelu, selu, tanh, none), `padding` (reflect, replicate, zero), `sample_size` (the
    resolution it was trained at in pixels, None if unknown).
    """

    @register_to_config
    def __init__(
        self,
        channels: Sequence[int] = (3, 3),
        domain_names: Sequence[str] = ("a", "b"),
        base_width: int = 64,
        num_residual_blocks: int = 4,
        num_downsamples: int = 2,
        style_dim: int = 8,
        mlp_width: int = 256,
        activation: str = "relu",
        padding: str = "reflect",
        sample_size: int | None = None,
    ):
        super().__init__()
        check_domains(channels, domain_names)
        width = base_width * 2**num_downsamples
        shape = (num_downsamples, num_residual_blocks, activation, padding)
        num_parameters = AdainDecoder.num_parameters(width, num_residual_blocks)
        self.content_encoders = nn.ModuleList(
            ContentEncoder(c, base_width, *shape) for c in channels
        )
        self.style_encoders = nn.ModuleList(
            StyleEncoder(c, base_width, style_dim, activation, padding) for c in channels
        )
        self.style_mlps = nn.ModuleList(
            StyleMlp(style_dim, mlp_width, num_parameters, activation) for _ in channels
        )
        self.decoders = nn.ModuleList(AdainDecoder(c, width, *shape) for c in channels)

    @property
    def style_dim(self) -> int:
        """How many numbers a style has."""
        return self.config.style_dim

    @property
    def targets(self) -> list[str]:
        """The names of the domains that it translates into."""
        return list(self.config.domain_names)

    @property
    def min_size(self) -> int:
        """The smallest height and width of images, which the style encoder can halve, in pixels."""
        return max(super().min_size, 2**STYLE_DOWNSAMPLES)

    def encode_content(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of a domain to their content code (B, C, H/4, W/4)."""
        self.check_size(images)
        return self.content_encoders[self.domain_index(domain)](images)

    def encode_style(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of a domain to their style code (B, style_dim)."""
        self.check_size(images)
        return self.style_encoders[self.domain_index(domain)](images)

    def encode(self, images: Tensor, domain: str | int) -> MunitEncoding:
        """Images of a domain to content and style; unpacks as `content, style`."""
        return MunitEncoding(self.encode_content(images, domain), self.encode_style(images, domain))

    def decode(self, content: Tensor, style: Tensor, domain: str | int) -> Tensor:
        """Content (B, C, H/4, W/4) and style (B, style_dim) to images of a domain in [-1, 1].

        One content for all styles (B = 1) is faster than as many copies of it.
        """
        index = self.domain_index(domain)
        return self.decoders[index](content, self.style_mlps[index](style))

    def reconstruct(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of a domain, encoded and decoded in that domain with their own style."""
        return self.decode(*self.encode(images, domain), domain)

    def translator(
        self, images: Tensor, source: str | int, target: str | int
    ) -> Callable[[Tensor], Tensor]:
        """A function of styles (N, style_dim) to N translations; the content is encoded once.

        `images` (B, C, H, W) hold one picture for all styles (B = 1) or one for each (B = N).
        """
        index = self.domain_index(target)
        content = self.encode_content(images, source)
        return lambda style: self.decode(content, style.to(content.dtype), index)

    def sample_style(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n styles from the prior N(0, I), (n, style_dim); drawn on the CPU: a seed is a seed."""
        styles = torch.randn(n, self.style_dim, generator=generator)
        return styles.to(self.device, self.dtype)

    def forward(
        self,
        images: Tensor,
        source: str | int,
        target: str | int,
        style: Tensor | None = None,
    ) -> Tensor:
        """Images of `source` as `target`, in the given or sampled styles (B, style_dim)."""
        if style is None:
            style = self.sample_style(len(images))
        return self.decode(self.encode_content(images, source), style, target)
