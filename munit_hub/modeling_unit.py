"""UNIT: variational auto-encoders of the domains with one latent space between them."""

from __future__ import annotations

from collections.abc import Sequence

from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from munit_hub.base import TranslationModel
from munit_hub.decoders import Decoder
from munit_hub.domains import check_domains
from munit_hub.encoders import ContentEncoder
from munit_hub.layers import ResidualBlock
from munit_hub.one_output import OneOutputMixin


class UnitModel(OneOutputMixin, TranslationModel):
    """Unsupervised image-to-image translation between named domains, one output an input.

    Images are (B, channels, H, W) in [-1, 1]; H and W divide by `size_multiple` and are at
    least `min_size`. A domain is given by its name or its index. Source: Liu et al. 2017.

    Config: as MunitModel's, without a style; `num_shared_blocks` of the `num_residual_blocks`
    are one module for all domains, the last of the encoders and the first of the decoders:
    1 is the paper's weight sharing, 0 the public reference's variant.
    """

    @register_to_config
    def __init__(
        self,
        channels: Sequence[int] = (3, 3),
        domain_names: Sequence[str] = ("a", "b"),
        base_width: int = 64,
        num_residual_blocks: int = 4,
        num_shared_blocks: int = 1,
        num_downsamples: int = 2,
        activation: str = "relu",
        padding: str = "reflect",
        sample_size: int | None = None,
    ):
        super().__init__()
        check_domains(channels, domain_names)
        if not 0 <= num_shared_blocks <= num_residual_blocks:
            raise ValueError(
                f"num_shared_blocks must be from 0 to num_residual_blocks={num_residual_blocks}, "
                f"not {num_shared_blocks}."
            )
        width = base_width * 2**num_downsamples
        shape = (num_downsamples, num_residual_blocks - num_shared_blocks, activation, padding)
        self.encoders = nn.ModuleList(ContentEncoder(c, base_width, *shape) for c in channels)
        self.shared_encoder, self.shared_decoder = (
            nn.Sequential(
                *(ResidualBlock(width, padding, activation) for _ in range(num_shared_blocks))
            )
            for _ in range(2)
        )
        self.decoders = nn.ModuleList(Decoder(c, width, *shape) for c in channels)

    @property
    def targets(self) -> list[str]:
        """The names of the domains that it translates into."""
        return list(self.config.domain_names)

    def latent_shape(self, height: int, width: int) -> tuple[int, int, int]:
        """(C, h, w) of the latent code of images of that size in pixels."""
        factor = self.size_multiple
        return self.config.base_width * factor, height // factor, width // factor

    def encode(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of a domain to the mean of their latent code (B, C, H/4, W/4)."""
        self.check_size(images)
        return self.shared_encoder(self.encoders[self.domain_index(domain)](images))

    def decode(self, latent: Tensor, domain: str | int) -> Tensor:
        """A latent code (B, C, H/4, W/4) to images of a domain in [-1, 1]."""
        return self.decoders[self.domain_index(domain)](self.shared_decoder(latent))

    def reconstruct(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of a domain, encoded and decoded in that domain, without noise."""
        return self.decode(self.encode(images, domain), domain)

    def forward(self, images: Tensor, source: str | int, target: str | int) -> Tensor:
        """Images of `source` translated to `target`, without noise."""
        return self.decode(self.encode(images, source), target)
