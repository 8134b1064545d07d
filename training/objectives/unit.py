"""UNIT's objective. Source: Liu et al. 2017, Eq. 2-5, with the unit variance made explicit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from munit_hub.modeling_unit import UnitModel
from training.losses import l1
from training.objectives.adversary import CriticConfig, Critics, build_critics, initialise
from training.objectives.phases import (
    GENERATOR_THEN_CRITICS,
    BatchShape,
    Phase,
    PhaseResult,
    directions,
    in_one_pass,
    weighted_sum,
)


@dataclass
class UnitWeights:
    """Weight of every term, as in the public reference; the paper has gan 10, rec 100, kl 0.1."""

    gan: float = 1.0
    image_rec: float = 10.0
    kl: float = 0.01
    cycle_rec: float = 10.0
    cycle_kl: float = 0.01


@dataclass
class UnitModelConfig:
    """UnitModel's architecture; its domains come from the data."""

    base_width: int = 64
    num_residual_blocks: int = 4
    num_shared_blocks: int = 1
    num_downsamples: int = 2
    activation: str = "relu"
    padding: str = "reflect"


@dataclass
class UnitConfig:
    """Everything that is UNIT's own in a training run."""

    model: UnitModelConfig = field(default_factory=UnitModelConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    weights: UnitWeights = field(default_factory=UnitWeights)
    gan_loss: str = "lsgan"  # or nsgan, non-saturating

    def build(
        self, channels: list[int], domain_names: list[str], sample_size: int
    ) -> UnitObjective:
        """The objective with freshly initialised networks."""
        model = UnitModel(
            channels=channels,
            domain_names=domain_names,
            sample_size=sample_size,
            **vars(self.model),
        )
        critics = build_critics(self.critic, channels, domain_names, self.gan_loss)
        initialise(model, critics)
        return UnitObjective(model, critics, self.weights)


def kl_to_normal(mean: Tensor) -> Tensor:
    """KL(N(mean, I) || N(0, I)) up to constants: the mean of the squares."""
    # Not `mean()`, for the reason that `losses.l1` gives.
    return mean.float().square().sum() / mean.numel()


class UnitObjective(nn.Module):
    """The model, a critic for each domain, and the losses that train them.

    A batch is a dict of images (B, C, H, W) in [-1, 1] by domain name. Noise is a dict of latents
    N(0, I): under a domain's name for encoding its images, under `NAME/cycle` for encoding what
    they were translated to.
    """

    def __init__(self, model: UnitModel, critics: Critics, weights: UnitWeights):
        super().__init__()
        self.model = model
        self.critics = critics
        self.weights = weights
        self.domains = list(model.config.domain_names)

    def networks(self) -> dict[str, nn.Module]:
        """The parts that have an optimizer of their own; `model` is what gets published."""
        return {"model": self.model, "critics": self.critics}

    def phases(self, step: int) -> tuple[Phase, ...]:
        """What a step trains, in order. The generator's images serve the critics too."""
        return GENERATOR_THEN_CRITICS

    def draw_noise(self, shape: BatchShape, generator: torch.Generator) -> dict[str, Tensor]:
        """eta ~ N(0, I) of the latent's shape, for both encodings of each domain's images."""
        latent = self.model.latent_shape(shape.height, shape.width)
        names = [*self.domains, *(f"{name}/cycle" for name in self.domains)]
        return {name: torch.randn(shape.size, *latent, generator=generator) for name in names}

    def forward(
        self, phase: str, x: dict[str, Tensor], z: dict[str, Tensor], carry: dict[str, Tensor]
    ) -> PhaseResult:
        """(loss, named terms, carry) of a phase; carry holds the detached translations."""
        if phase == "generator":
            return self.generator_loss(x, z)
        terms, right = self.critics.terms(x, carry or self.translate(x, z))
        loss = weighted_sum(terms, {"critic": self.weights.gan})
        return PhaseResult(loss, terms | right, {})

    @torch.no_grad()
    def translate(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> dict[str, Tensor]:
        """The noisy translation into each domain, by that domain's name, without gradient."""
        encode, decode = self.model.encode, self.model.decode
        return {b: decode(encode(x[a], a) + z[a], b) for a, b in directions(self.domains)}

    def generator_loss(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> PhaseResult:
        """The VAE, GAN and cycle terms for the encoders and decoders."""
        encode, decode = self.model.encode, self.model.decode
        terms: dict[str, Tensor] = {}
        made: dict[str, Tensor] = {}
        mean = {name: encode(x[name], name) for name in self.domains}
        latent = {name: mean[name] + z[name] for name in self.domains}  # eta ~ N(0, I)
        for a, b in directions(self.domains):
            x_ab, x_bb = in_one_pass(partial(decode, domain=b), (latent[a],), (latent[b],))
            mean_cycle = encode(x_ab, b)
            terms[f"image_rec/{b}"] = l1(x_bb, x[b])  # Eq. 3
            terms[f"kl/{a}"] = kl_to_normal(mean[a])  # Eq. 3
            terms[f"gan/{b}"] = self.critics.fooled(x_ab, b)  # Eq. 4
            terms[f"cycle_rec/{a}"] = l1(decode(mean_cycle + z[f"{a}/cycle"], a), x[a])  # Eq. 5
            terms[f"cycle_kl/{a}"] = kl_to_normal(mean_cycle)  # Eq. 5
            made[b] = x_ab.detach()
        return PhaseResult(weighted_sum(terms, vars(self.weights)), terms, made)
