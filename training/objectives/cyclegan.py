"""CycleGAN's objective. Source: Zhu et al. 2017, Eq. 1-3, section 5.2 (identity), 4 (details)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from munit_hub.modeling_cyclegan import CycleGanModel
from training.losses import l1
from training.objectives.adversary import (
    Critics,
    PatchGanConfig,
    build_patch_gans,
    initialise_normal,
)
from training.objectives.phases import (
    GENERATOR_THEN_CRITICS,
    BatchShape,
    Phase,
    PhaseResult,
    directions,
    weighted_sum,
)
from training.objectives.pool import TranslationPool


@dataclass
class CycleGanWeights:
    """Weight of every term; an identity weight of 0 leaves the term out."""

    gan: float = 1.0
    cycle_rec: float = 10.0
    identity: float = 5.0  # half of the cycle's
    critic: float = 0.5  # the paper halves the critics' loss to slow them down


@dataclass
class CycleGanModelConfig:
    """CycleGanModel's architecture; its domains come from the data."""

    base_width: int = 64
    num_residual_blocks: int = 9
    noise_channels: int = 0


@dataclass
class CycleGanConfig:
    """Everything that is CycleGAN's own in a training run."""

    model: CycleGanModelConfig = field(default_factory=CycleGanModelConfig)
    critic: PatchGanConfig = field(default_factory=PatchGanConfig)
    weights: CycleGanWeights = field(default_factory=CycleGanWeights)
    gan_loss: str = "lsgan"  # or nsgan, non-saturating
    pool_size: int = 50  # past translations a domain that the critics may see again; 0 is none

    def build(
        self, channels: list[int], domain_names: list[str], sample_size: int
    ) -> CycleGanObjective:
        """The objective with freshly initialised networks."""
        model = CycleGanModel(
            channels=channels,
            domain_names=domain_names,
            sample_size=sample_size,
            **vars(self.model),
        )
        critics = build_patch_gans(self.critic, channels, domain_names, self.gan_loss)
        initialise_normal(model)
        initialise_normal(critics)
        pools = [TranslationPool(self.pool_size, c, sample_size) for c in channels]
        return CycleGanObjective(model, critics, pools, self.weights)


class CycleGanObjective(nn.Module):
    """The model, a critic and a pool of past translations for each domain, and the losses.

    A batch is a dict of images (B, C, H, W) in [-1, 1] by domain name. Noise is a dict: under a
    domain's name the style (B, noise_channels) that its generator is given, always the same in a
    step; under `NAME/pool` the numbers (B, 2) that decide what the pool of the domain does.
    """

    def __init__(
        self,
        model: CycleGanModel,
        critics: Critics,
        pools: list[TranslationPool],
        weights: CycleGanWeights,
    ):
        super().__init__()
        self.model = model
        self.critics = critics
        self.pools = nn.ModuleList(pools)
        self.weights = weights
        self.domains = list(model.config.domain_names)

    def networks(self) -> dict[str, nn.Module]:
        """The parts that have an optimizer of their own; `model` is what gets published."""
        return {"model": self.model, "critics": self.critics}

    def phases(self, step: int) -> tuple[Phase, ...]:
        """What a step trains, in order. The generator's images serve the critics too."""
        return GENERATOR_THEN_CRITICS

    def draw_noise(self, shape: BatchShape, generator: torch.Generator) -> dict[str, Tensor]:
        """z ~ N(0, I), one style an image and domain; and the pools' draws from U(0, 1)."""
        styles = {name: self.model.sample_style(shape.size, generator) for name in self.domains}
        draws = {f"{n}/pool": torch.rand(shape.size, 2, generator=generator) for n in self.domains}
        return styles | draws

    def forward(
        self, phase: str, x: dict[str, Tensor], z: dict[str, Tensor], carry: dict[str, Tensor]
    ) -> PhaseResult:
        """(loss, named terms, carry) of a phase; carry holds the detached translations."""
        if phase == "generator":
            return self.generator_loss(x, z)
        made = carry or self.translate(x, z)
        pools = zip(self.domains, self.pools, strict=True)
        shown = {b: pool(made[b], z[f"{b}/pool"]) for b, pool in pools}
        terms, right = self.critics.terms(x, shown)
        return PhaseResult(weighted_sum(terms, vars(self.weights)), terms | right, {})

    @torch.no_grad()
    def translate(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> dict[str, Tensor]:
        """The translation into each domain, by that domain's name, without gradient."""
        return {b: self.model(x[a], a, b, z[b]) for a, b in directions(self.domains)}

    def generator_loss(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> PhaseResult:
        """Eq. 3 and the identity term for the generators."""
        terms: dict[str, Tensor] = {}
        made: dict[str, Tensor] = {}
        for a, b in directions(self.domains):
            x_ab = self.model(x[a], a, b, z[b])
            x_aba = self.model(x_ab, b, a, z[a])
            terms[f"gan/{b}"] = self.critics.fooled(x_ab, b)  # Eq. 1, least squares
            terms[f"cycle_rec/{a}"] = l1(x_aba, x[a])  # Eq. 2
            if self.weights.identity > 0:
                terms[f"identity/{a}"] = l1(self.model(x[a], a, a, z[a]), x[a])  # section 5.2
            made[b] = x_ab.detach()
        return PhaseResult(weighted_sum(terms, vars(self.weights)), terms, made)
