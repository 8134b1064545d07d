"""The adversarial game that the two-domain systems share: a critic for each domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from munit_hub.discriminators import MultiScaleDiscriminator, PatchGanDiscriminator
from munit_hub.layers import SpectralConv2d
from munit_hub.norms import BatchNorm
from training.losses import GAN_LOSSES, Logits, accuracies


@dataclass
class CriticConfig:
    """MultiScaleDiscriminator's architecture, one for each domain."""

    base_width: int = 64
    num_layers: int = 4
    num_scales: int = 3
    norm: str = "none"
    activation: str = "lrelu"
    padding: str = "reflect"


@dataclass
class PatchGanConfig:
    """PatchGanDiscriminator's architecture; 3 layers judge patches of 70x70 pixels."""

    base_width: int = 64
    num_layers: int = 3
    num_scales: int = 1
    norm: str = "instance"


class Critics(nn.ModuleList):
    """A critic for each domain, in the order of `domains`, and the loss they play by."""

    def __init__(
        self, critics: Sequence[nn.Module], domains: Sequence[str], gan_loss: str = "lsgan"
    ):
        if gan_loss not in GAN_LOSSES:
            raise ValueError(f"gan_loss={gan_loss!r} is unknown; allowed: {', '.join(GAN_LOSSES)}.")
        super().__init__(critics)
        self.domains = list(domains)
        self.loss = GAN_LOSSES[gan_loss]
        per_pass = BatchNorm | SpectralConv2d  # these are defined on a pass
        self.each_by_itself = not any(isinstance(part, per_pass) for part in self.modules())

    def logits(self, images: Tensor, domain: str) -> Logits:
        """Logits at every scale that the images are real ones of a domain."""
        return self[self.domains.index(domain)](images)

    def fooled(self, images: Tensor, domain: str) -> Tensor:
        """What the generator pays for translations into a domain."""
        return self.loss.generator(self.logits(images, domain))

    def judge(self, real: Tensor, translated: Tensor, domain: str) -> tuple[Logits, Logits]:
        """The logits of real images and of translations into their domain, (B, C, H, W) each."""
        if not self.each_by_itself:
            return in_two_passes(self, real, translated, domain)
        together = self.logits(torch.cat((real, translated)), domain)
        parts = [scale.split([len(real), len(translated)]) for scale in together]
        return [part for part, _ in parts], [part for _, part in parts]

    def terms(
        self, x: dict[str, Tensor], made: dict[str, Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What the critics pay: real images `x` against translations, `made` by target domain.

        And beside these terms how often they were right, to look at.
        """
        terms, right = {}, {}
        for b in self.domains:
            real, translated = self.judge(x[b], made[b], b)
            terms[f"critic/{b}"] = self.loss.discriminator(real, translated)
            shares = accuracies(real, translated, self.loss.boundary)
            right |= {f"{name}/{b}": share for name, share in shares.items()}
        return terms, right


def in_two_passes(
    critics: Critics, real: Tensor, translated: Tensor, domain: str
) -> tuple[Logits, Logits]:
    """`Critics.judge` for any critics."""
    translated_logits = critics.logits(translated, domain)
    return critics.logits(real, domain), translated_logits


def build_critics(
    config: CriticConfig, channels: list[int], domains: list[str], gan_loss: str
) -> Critics:
    """Freshly initialised critics."""
    critics = [MultiScaleDiscriminator(c, **vars(config)) for c in channels]
    return Critics(critics, domains, gan_loss)


def build_patch_gans(
    config: PatchGanConfig, channels: Sequence[int], domains: Sequence[str], gan_loss: str
) -> Critics:
    """Freshly constructed PatchGANs."""
    critics = [PatchGanDiscriminator(c, **vars(config)) for c in channels]
    return Critics(critics, domains, gan_loss)


def initialise(model: nn.Module, critics: nn.Module) -> None:
    """Kaiming normal for the model, N(0, 0.02) for the critics, biases zero, in place."""
    initialise_kaiming(model)
    initialise_normal(critics)


def initialise_kaiming(network: nn.Module) -> None:
    """Kaiming normal for every weight, biases zero, in place: sizes last without a norm."""
    for weight in _weights(network):
        nn.init.kaiming_normal_(weight)


def initialise_normal(network: nn.Module) -> None:
    """N(0, 0.02) for every weight, biases zero, in place. Zhu et al. 2017, section 7.1."""
    for weight in _weights(network):
        nn.init.normal_(weight, 0.0, 0.02)


def _weights(network: nn.Module) -> Iterator[Tensor]:
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            if module.bias is not None:
                nn.init.zeros_(module.bias)
            yield module.weight
