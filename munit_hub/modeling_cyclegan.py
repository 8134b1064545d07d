"""CycleGAN: a generator into each domain, the two inverse to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from munit_hub.base import TranslationModel
from munit_hub.domains import check_domains
from munit_hub.generators import NUM_DOWNSAMPLES, ResnetGenerator


class CycleGanModel(TranslationModel):
    """Unsupervised image-to-image translation between two named domains.

    Images are (B, channels, H, W) in [-1, 1]; H and W divide by `size_multiple` and are at
    least `min_size`. A domain is given by its name or its index. Source: Zhu et al. 2017.

    Config: `channels` and `domain_names` (one entry a domain), `base_width`,
    `num_residual_blocks`, `noise_channels` (0 is CycleGAN; more is CycleGAN with noise, whose
    style is that many numbers), `dropout` (in the residual blocks, while training),
    `target_names` (the domains that there is a generator into; None means both), `sample_size`
    (the resolution it was trained at in pixels, None if unknown).
    """

    @register_to_config
    def __init__(
        self,
        channels: Sequence[int] = (3, 3),
        domain_names: Sequence[str] = ("a", "b"),
        base_width: int = 64,
        num_residual_blocks: int = 9,
        noise_channels: int = 0,
        dropout: float = 0.0,
        target_names: Sequence[str] | None = None,
        sample_size: int | None = None,
    ):
        super().__init__()
        check_domains(channels, domain_names)
        if len(channels) != 2 or channels[0] != channels[1]:  # a generator takes either domain
            raise ValueError(
                f"channels must be two equal numbers in a CycleGanModel, not {list(channels)}."
            )
        shape = (channels[0], channels[1], base_width, num_residual_blocks, noise_channels, dropout)
        # Under the domain's index: the names of parameters do not depend on the other generator.
        self.generators = nn.ModuleDict(
            {str(self.domain_index(name)): ResnetGenerator(*shape) for name in self.targets}
        )

    @property
    def targets(self) -> list[str]:
        """The names of the domains that it translates into."""
        return list(self.config.target_names or self.config.domain_names)

    @property
    def style_dim(self) -> int:
        """How many numbers a style has: those of the noise."""
        return self.config.noise_channels

    @property
    def size_multiple(self) -> int:
        """What the height and width of images must divide by, in pixels."""
        return 2**NUM_DOWNSAMPLES

    def generator(self, target: str | int) -> nn.Module:
        """The generator into a domain; ValueError where there is none."""
        index = str(self.domain_index(target))
        if index not in self.generators:
            name = self.config.domain_names[int(index)]
            raise ValueError(f"This model translates into {self.targets[0]} only, not {name}.")
        return self.generators[index]

    def sample_style(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n styles from the prior N(0, I), (n, style_dim); drawn on the CPU: a seed is a seed."""
        return torch.randn(n, self.style_dim, generator=generator).to(self.device, self.dtype)

    def encode_style(self, images: Tensor, domain: str | int) -> Tensor:
        """The mean of the prior, zeros (B, style_dim): this system cannot find an image's noise."""
        return images.new_zeros(len(images), self.style_dim)

    def reconstruct(self, images: Tensor, domain: str | int) -> Tensor:
        """Images through the generator into their own domain, which should not change them."""
        return self(images, domain, domain, self.encode_style(images, domain))

    def translator(
        self, images: Tensor, source: str | int, target: str | int
    ) -> Callable[[Tensor], Tensor]:
        """A function of styles (N, style_dim) to N translations.

        `images` (B, C, H, W) hold one picture for all styles (B = 1) or one for each (B = N).
        """
        generator = self.generator(target)
        self.domain_index(source)
        self.check_size(images)
        return lambda style: generator(
            images.expand(len(style), -1, -1, -1), style.to(images.dtype)
        )

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
        return self.translator(images, source, target)(style)
