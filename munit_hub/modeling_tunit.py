"""TUNIT: domains that the network finds itself, and translation into the style of any image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from munit_hub.base import TranslationModel
from munit_hub.decoders import StyledDecoder, StyleMlp
from munit_hub.domains import check_domains
from munit_hub.encoders import ContentEncoder
from munit_hub.guiding import MIN_SIZE, Guidance, GuidingNetwork

RESIDUAL_SCALE = 0.1  # of every residual branch in the generator, the reference's
_NUM_DOMAINS = 10  # which the paper finds robust


class TunitGenerator(nn.Module):
    """The content of an image, decoded in a style. Source: Baek et al. 2021, section 3.3."""

    def __init__(
        self,
        channels: int,
        base_width: int,
        num_downsamples: int,
        num_residual_blocks: int,
        style_dim: int,
        mlp_width: int,
    ):
        super().__init__()
        depth, width = (num_downsamples, num_residual_blocks), base_width * 2**num_downsamples
        self.content_encoder = ContentEncoder(
            channels, base_width, *depth, "relu", "reflect", RESIDUAL_SCALE
        )
        self.decoder = StyledDecoder(channels, width, *depth, RESIDUAL_SCALE)
        self.style_mlp = StyleMlp(style_dim, mlp_width, self.decoder.num_parameters, "relu")

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Content (B, C, H/2^n, W/2^n) and style (B, style_dim) to images in [-1, 1]."""
        return self.decoder(content, self.style_mlp(style))


class TunitModel(TranslationModel):
    """Translation between domains that were discovered in unlabelled images.

    Images are (B, channels, H, W) in [-1, 1]; H and W divide by `size_multiple` and are at least
    `min_size`. A style (B, style_dim) alone says what comes out, and any image has one; a domain,
    given by its name or its index, stands for the mean style of its images. Source: Baek et al.
    2021, "Rethinking the Truly Unsupervised Image-to-Image Translation".

    Config: `channels` and `domain_names` (one entry a discovered domain, channels all equal),
    `base_width`, `num_residual_blocks` and `num_downsamples` of the generator, `guide_width` (the
    first of the guiding network), `style_dim`, `mlp_width`, `sample_size` (the resolution it was
    trained at in pixels, None if unknown), `domain_sizes` (how many images of the training set
    each domain has, None until `measure_domains`).
    """

    domain_in_style = True
    domain_styles: Tensor

    @register_to_config
    def __init__(
        self,
        channels: Sequence[int] = (3,) * _NUM_DOMAINS,
        domain_names: Sequence[str] = tuple(map(str, range(_NUM_DOMAINS))),
        base_width: int = 64,
        num_residual_blocks: int = 2,
        num_downsamples: int = 3,
        guide_width: int = 64,
        style_dim: int = 128,
        mlp_width: int = 256,
        sample_size: int | None = None,
        domain_sizes: Sequence[int] | None = None,
    ):
        super().__init__()
        check_domains(channels, domain_names)
        if len(set(channels)) != 1:
            raise ValueError(f"channels must be equal in a TunitModel, not {list(channels)}.")
        shape = (base_width, num_downsamples, num_residual_blocks, style_dim, mlp_width)
        self.guiding = GuidingNetwork(channels[0], guide_width, style_dim, len(domain_names))
        self.generator = TunitGenerator(channels[0], *shape)
        self.register_buffer("domain_styles", torch.zeros(len(domain_names), style_dim))

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
        """The smallest height and width of images, which the guide can pool, in pixels."""
        return max(super().min_size, MIN_SIZE)

    def guide(self, images: Tensor) -> Guidance:
        """Images to style (B, style_dim) and logits of the domains (B, domains); unpacks so."""
        self.check_size(images)
        return self.guiding(images)

    def encode_content(self, images: Tensor) -> Tensor:
        """Images to their content code (B, C, H/2^n, W/2^n)."""
        self.check_size(images)
        return self.generator.content_encoder(images)

    def encode_style(self, images: Tensor, domain: str | int = 0) -> Tensor:
        """Images, of whatever domain, to their style code (B, style_dim)."""
        self.domain_index(domain)
        return self.guide(images).style

    def decode(self, content: Tensor, style: Tensor) -> Tensor:
        """Content (B, C, H/2^n, W/2^n) and style (B, style_dim) to images in [-1, 1].

        One content for all styles (B = 1) is faster than as many copies of it.
        """
        return self.generator(content, style)

    def reconstruct(self, images: Tensor, domain: str | int = 0) -> Tensor:
        """Images, encoded and decoded with their own style."""
        return self.decode(self.encode_content(images), self.encode_style(images, domain))

    def domain_style(self, domain: str | int) -> Tensor:
        """The mean style (style_dim,) of a domain; ValueError where it has no images."""
        index, known = self.domain_index(domain), self._domains_with_images()
        if index not in known:
            names = ", ".join(self.targets[i] for i in known)
            raise ValueError(f"Domain {self.targets[index]} is empty; those with images: {names}.")
        return self.domain_styles[index]

    def translate(
        self,
        images: Tensor,
        style: Tensor | None = None,
        reference: Tensor | None = None,
        domain: str | int | None = None,
    ) -> Tensor:
        """Images in a style, in that of reference images, or in the mean style of a domain.

        `style` (B, style_dim) and `reference` (B, channels, H, W) hold one for each image, or one
        for all. ValueError unless just one of the three is given.
        """
        given = (style, reference, domain)
        if sum(value is not None for value in given) != 1:
            raise ValueError("Give one of style, reference and domain.")
        if domain is not None:
            style = self.domain_style(domain)[None]
        elif reference is not None:
            style = self.encode_style(reference)
        assert style is not None
        return self.decode(self.encode_content(images), style.expand(len(images), -1))

    def translator(
        self, images: Tensor, source: str | int, target: str | int
    ) -> Callable[[Tensor], Tensor]:
        """A function of styles (N, style_dim) to N translations; the content is encoded once.

        `images` (B, C, H, W) hold one picture for all styles (B = 1) or one for each (B = N). The
        domains must be the model's and change nothing: the styles say it all.
        """
        self.domain_index(source)
        self.domain_index(target)
        content = self.encode_content(images)
        return lambda style: self.decode(content, style.to(content.dtype))

    def sample_style(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """The mean styles of n domains, drawn with equal chance of those that have images."""
        known = torch.tensor(self._domains_with_images())
        drawn = known[torch.randint(len(known), (n,), generator=generator)]
        return self.domain_styles[drawn.to(self.device)]

    def draw_style(self, target: str | int, generator: torch.Generator | None = None) -> Tensor:
        """The mean style (1, style_dim) of the target: there is no prior to draw another from."""
        return self.domain_style(target)[None]

    def forward(
        self,
        images: Tensor,
        source: str | int,
        target: str | int,
        style: Tensor | None = None,
    ) -> Tensor:
        """Images in the given styles (B, style_dim), or in the mean style of `target`."""
        if style is None:
            style = self.draw_style(target).expand(len(images), -1)
        return self.translator(images, source, target)(style)

    @torch.no_grad()
    def measure_domains(self, batches: Iterable[Tensor]) -> None:
        """Store the mean style and the size of every domain over all of these images, once."""
        training = self.training
        self.eval()
        sums = torch.zeros(self.domain_styles.shape, dtype=torch.float64)
        sizes = torch.zeros(len(self.targets), dtype=torch.long)
        for images in batches:
            style, logits = (
                t.double().cpu() for t in self.guide(images.to(self.device, self.dtype))
            )
            domain = logits.argmax(1)
            sums.index_add_(0, domain, style)
            sizes += domain.bincount(minlength=len(sizes))
        self.domain_styles.copy_(sums / sizes.clamp_min(1)[:, None])
        self.register_to_config(domain_sizes=sizes.tolist())
        self.train(training)

    def _domains_with_images(self) -> list[int]:
        sizes = self.config.domain_sizes
        if sizes is None:
            raise ValueError(
                "This model does not know the mean styles of its domains yet: call "
                "measure_domains with the training images, or give a reference."
            )
        return [index for index, size in enumerate(sizes) if size > 0]
