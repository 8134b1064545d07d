"""BicycleGAN: from pairs, one domain to many pictures of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from diffusers.configuration_utils import register_to_config
from torch import Tensor

from munit_hub.base import TranslationModel
from munit_hub.domains import check_domains
from munit_hub.encoders import STYLE_DOWNSAMPLES, StyleEncoder
from munit_hub.generators import NUM_DOWNSAMPLES, ResnetGenerator


class BicycleGanModel(TranslationModel):
    """Image-to-image translation from the first of two named domains to the second, in styles.

    Images are (B, channels, H, W) in [-1, 1]; H and W divide by `size_multiple` and are at
    least `min_size`. A domain is given by its name or its index. Source: Zhu et al. 2017,
    "Toward Multimodal Image-to-Image Translation", with the ResNet generator of CycleGAN, the
    latent code added to its input (Fig. 3a there) and the plain convolutional encoder (E_CNN).

    Config: `channels` and `domain_names` (of the source, then of the target), `base_width`,
    `num_residual_blocks`, `style_dim`, `sample_size` (the resolution it was trained at in
    pixels, None if unknown).
    """

    @register_to_config
    def __init__(
        self,
        channels: Sequence[int] = (3, 3),
        domain_names: Sequence[str] = ("a", "b"),
        base_width: int = 64,
        num_residual_blocks: int = 9,
        style_dim: int = 8,
        sample_size: int | None = None,
    ):
        super().__init__()
        check_domains(channels, domain_names)
        if len(channels) != 2:
            raise ValueError(f"channels must be two numbers, not {list(channels)}.")
        source, target = channels
        self.generator = ResnetGenerator(source, target, base_width, num_residual_blocks, style_dim)
        # Mean and logarithm of the variance of each number of a style.
        self.encoder = StyleEncoder(target, base_width, 2 * style_dim, "lrelu", "reflect")

    @property
    def targets(self) -> list[str]:
        """The names of the domains that it translates into: the second one."""
        return [self.config.domain_names[1]]

    @property
    def style_dim(self) -> int:
        """How many numbers a style has."""
        return self.config.style_dim

    @property
    def size_multiple(self) -> int:
        """What the height and width of images must divide by, in pixels."""
        return 2**NUM_DOWNSAMPLES

    @property
    def min_size(self) -> int:
        """The smallest height and width of images, which the encoder can halve, in pixels."""
        return max(super().min_size, 2**STYLE_DOWNSAMPLES)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images of the target to mean and log variance of their style, each (B, style_dim)."""
        self.check_size(images)
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, images: Tensor, style: Tensor) -> Tensor:
        """Images of the source and styles (B, style_dim) to images of the target in [-1, 1]."""
        self.check_size(images)
        return self.generator(images, style)

    def sample_style(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n styles from the prior N(0, I), (n, style_dim); drawn on the CPU: a seed is a seed."""
        return torch.randn(n, self.style_dim, generator=generator).to(self.device, self.dtype)

    def encode_style(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of the target to the mean of their style (B, style_dim)."""
        if self.domain_index(domain) != 1:
            source, target = self.config.domain_names
            raise ValueError(f"This model knows styles of {target} only, not of {source}.")
        return self.encode(images)[0]

    def translator(
        self, images: Tensor, source: str | int, target: str | int
    ) -> Callable[[Tensor], Tensor]:
        """A function of styles (N, style_dim) to N translations.

        `images` (B, C, H, W) hold one picture for all styles (B = 1) or one for each (B = N).
        """
        names = self.config.domain_names
        asked = self.domain_index(source), self.domain_index(target)
        if asked != (0, 1):
            raise ValueError(
                f"This model translates {names[0]} to {names[1]} only, "
                f"not {names[asked[0]]} to {names[asked[1]]}."
            )
        return lambda style: self.decode(
            images.expand(len(style), -1, -1, -1), style.to(images.dtype)
        )

    def forward(
        self,
        images: Tensor,
        source: str | int = 0,
        target: str | int = 1,
        style: Tensor | None = None,
    ) -> Tensor:
        """Images of the source as the target, in the given or sampled styles (B, style_dim)."""
        if style is None:
            style = self.sample_style(len(images))
        return self.translator(images, source, target)(style)
