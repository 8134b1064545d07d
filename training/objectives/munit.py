"""MUNIT's objective. Source: Huang et al. 2018, Eq. 1-5."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from munit_hub.modeling_munit import MunitModel
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
from training.perceptual import MIN_SIZE, VGG16_REPO, PerceptualLoss, load_vgg16


@dataclass
class MunitWeights:
    """Weight of every term of Eq. 5; the ablations set one to 0."""

    gan: float = 1.0
    image_rec: float = 10.0
    content_rec: float = 1.0
    style_rec: float = 1.0
    cycle_rec: float = 0.0  # style-augmented cycle consistency; 10 where the paper uses it
    perceptual: float = 0.0  # domain-invariant perceptual loss; 1 for images of 512 and up


@dataclass
class MunitModelConfig:
    """MunitModel's architecture; its domains come from the data."""

    base_width: int = 64
    num_residual_blocks: int = 4
    num_downsamples: int = 2
    style_dim: int = 8
    mlp_width: int = 256
    activation: str = "relu"
    padding: str = "reflect"


@dataclass
class MunitConfig:
    """Everything that is MUNIT's own in a training run."""

    model: MunitModelConfig = field(default_factory=MunitModelConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    weights: MunitWeights = field(default_factory=MunitWeights)
    gan_loss: str = "lsgan"  # or nsgan, non-saturating
    # Where weights.perceptual is not 0: a VGG16 safetensors file, its folder or a Hub id.
    vgg16: str = VGG16_REPO

    def build(
        self, channels: list[int], domain_names: list[str], sample_size: int
    ) -> MunitObjective:
        """The objective with freshly initialised networks."""
        perceptual = self._perceptual(sample_size) if self.weights.perceptual > 0 else None
        model = MunitModel(
            channels=channels,
            domain_names=domain_names,
            sample_size=sample_size,
            **vars(self.model),
        )
        critics = build_critics(self.critic, channels, domain_names, self.gan_loss)
        initialise(model, critics)
        return MunitObjective(model, critics, self.weights, perceptual)

    def _perceptual(self, sample_size: int) -> PerceptualLoss:
        if sample_size < MIN_SIZE:
            raise ValueError(
                f"munit.weights.perceptual needs data.resolution of at least {MIN_SIZE}, "
                f"not {sample_size}."
            )
        return PerceptualLoss(load_vgg16(self.vgg16))


class MunitObjective(nn.Module):
    """The model, a critic for each domain, and the losses that train them.

    A batch is a dict of images (B, C, H, W) in [-1, 1] by domain name; noise a dict of styles
    (B, style_dim) drawn from N(0, I) by the domain they are decoded in.
    """

    def __init__(
        self,
        model: MunitModel,
        critics: Critics,
        weights: MunitWeights,
        perceptual: PerceptualLoss | None = None,
    ):
        super().__init__()
        self.perceptual = perceptual
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
        """z ~ N(0, I), one style an image and domain: (batch size, style_dim)."""
        return {name: self.model.sample_style(shape.size, generator) for name in self.domains}

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
        """The translation into each domain, by that domain's name, without gradient."""
        return {b: self.model(x[a], a, b, z[b]) for a, b in directions(self.domains)}

    def generator_loss(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> PhaseResult:
        """Eq. 5 for the encoders and decoders."""
        encode, decode, weights = self.model.encode, self.model.decode, self.weights
        terms: dict[str, Tensor] = {}
        made: dict[str, Tensor] = {}
        code = {name: encode(x[name], name) for name in self.domains}
        for a, b in directions(self.domains):
            c, s = code[a]
            # z[b] ~ N(0, I), drawn outside
            x_ab, x_bb = in_one_pass(partial(decode, domain=b), (c, z[b]), code[b])
            c_rec, s_rec = encode(x_ab, b)
            terms[f"image_rec/{b}"] = l1(x_bb, x[b])  # Eq. 1
            terms[f"content_rec/{a}"] = l1(c_rec, c)  # Eq. 2; the target is not detached
            terms[f"style_rec/{b}"] = l1(s_rec, z[b])  # Eq. 3
            terms[f"gan/{b}"] = self.critics.fooled(x_ab, b)  # Eq. 4
            if weights.cycle_rec > 0:
                terms[f"cycle_rec/{a}"] = l1(decode(c_rec, s, a), x[a])
            if self.perceptual is not None:
                terms[f"perceptual/{b}"] = self.perceptual(x_ab, x[a])  # section 5.1
            made[b] = x_ab.detach()
        return PhaseResult(weighted_sum(terms, vars(weights)), terms, made)
