"""BicycleGAN's objective. Source: Zhu et al. 2017, "Toward Multimodal ...", Eq. 5-9."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.func import functional_call

from munit_hub.modeling_bicyclegan import BicycleGanModel
from training.losses import l1
from training.objectives.adversary import (
    Critics,
    PatchGanConfig,
    build_patch_gans,
    initialise_kaiming,
    initialise_normal,
)
from training.objectives.phases import (
    GENERATOR_THEN_CRITICS,
    BatchShape,
    Phase,
    PhaseResult,
    weighted_sum,
)

# The two games, with a critic each: styles encoded from the truth, and styles from the prior.
GAMES = ("encoded", "sampled")


@dataclass
class BicycleGanWeights:
    """Weight of every term; one of 0 leaves cVAE-GAN (image_rec, kl) or cLR-GAN (latent) bare."""

    gan: float = 1.0
    image_rec: float = 10.0
    kl: float = 0.01
    latent_rec: float = 0.5


@dataclass
class BicycleGanModelConfig:
    """BicycleGanModel's architecture; its domains come from the data."""

    base_width: int = 64
    num_residual_blocks: int = 9
    style_dim: int = 8


@dataclass
class BicycleGanConfig:
    """Everything that is BicycleGAN's own in a training run; needs `data.paired`."""

    model: BicycleGanModelConfig = field(default_factory=BicycleGanModelConfig)
    critic: PatchGanConfig = field(default_factory=lambda: PatchGanConfig(num_scales=2))
    weights: BicycleGanWeights = field(default_factory=BicycleGanWeights)
    gan_loss: str = "lsgan"  # or nsgan, non-saturating

    def build(
        self, channels: list[int], domain_names: list[str], sample_size: int
    ) -> BicycleGanObjective:
        """The objective with freshly initialised networks."""
        model = BicycleGanModel(
            channels=channels,
            domain_names=domain_names,
            sample_size=sample_size,
            **vars(self.model),
        )
        # Not conditioned on the source: the paper found that better.
        critics = build_patch_gans(self.critic, [channels[1]] * 2, GAMES, self.gan_loss)
        initialise_normal(model.generator)
        initialise_kaiming(model.encoder)  # which has no norm: at 0.02 its signal would vanish
        initialise_normal(critics)
        return BicycleGanObjective(model, critics, self.weights)


def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, I)) of (B, Z): summed over Z, mean over B."""
    mean, log_variance = mean.float(), log_variance.float()
    per_number = mean.square() + log_variance.exp() - 1 - log_variance
    return 0.5 * per_number.sum(dim=1).mean()


class BicycleGanObjective(nn.Module):
    """The model, a critic for each game, and the losses that train them.

    A batch is a dict of paired images (B, C, H, W) in [-1, 1] by domain name. Noise is a dict of
    N(0, I) in the shape of styles (B, style_dim): `encoded` makes a style of the encoder's
    distribution, `sampled` is one of the prior.
    """

    def __init__(self, model: BicycleGanModel, critics: Critics, weights: BicycleGanWeights):
        super().__init__()
        self.model = model
        self.critics = critics
        self.weights = weights
        self.source, self.target = model.config.domain_names

    def networks(self) -> dict[str, nn.Module]:
        """The parts that have an optimizer of their own; `model` is what gets published."""
        return {"model": self.model, "critics": self.critics}

    def phases(self, step: int) -> tuple[Phase, ...]:
        """What a step trains, in order. The generator's images serve the critics too."""
        return GENERATOR_THEN_CRITICS

    def draw_noise(self, shape: BatchShape, generator: torch.Generator) -> dict[str, Tensor]:
        """N(0, I) for both games: (batch size, style_dim)."""
        return {game: self.model.sample_style(shape.size, generator) for game in GAMES}

    def forward(
        self, phase: str, x: dict[str, Tensor], z: dict[str, Tensor], carry: dict[str, Tensor]
    ) -> PhaseResult:
        """(loss, named terms, carry) of a phase; carry holds the detached translations."""
        if phase == "generator":
            return self.generator_loss(x, z)
        real = dict.fromkeys(GAMES, x[self.target])
        terms, right = self.critics.terms(real, carry or self.translate(x, z))
        loss = weighted_sum(terms, {"critic": self.weights.gan})
        return PhaseResult(loss, terms | right, {})

    @torch.no_grad()
    def translate(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> dict[str, Tensor]:
        """The translation of each game, without gradient."""
        mean, log_variance = self.model.encode(x[self.target])
        styles = {"encoded": reparametrised(mean, log_variance, z["encoded"])}
        styles["sampled"] = z["sampled"]
        return {game: self.model.decode(x[self.source], styles[game]) for game in GAMES}

    def generator_loss(self, x: dict[str, Tensor], z: dict[str, Tensor]) -> PhaseResult:
        """Eq. 9 for the generator and the encoder."""
        decode = self.model.decode
        x_a, x_b = x[self.source], x[self.target]
        mean, log_variance = self.model.encode(x_b)
        x_encoded = decode(x_a, reparametrised(mean, log_variance, z["encoded"]))
        x_sampled = decode(x_a, z["sampled"])
        terms = {
            "gan/encoded": self.critics.fooled(x_encoded, "encoded"),  # Eq. 5
            "image_rec": l1(x_encoded, x_b),  # Eq. 6
            "kl": kl_to_normal(mean, log_variance),  # Eq. 6
            "gan/sampled": self.critics.fooled(x_sampled, "sampled"),  # Eq. 8
            "latent_rec": l1(self.recovered(x_sampled), z["sampled"]),  # Eq. 7
        }
        made = {"encoded": x_encoded.detach(), "sampled": x_sampled.detach()}
        return PhaseResult(weighted_sum(terms, vars(self.weights)), terms, made)

    def recovered(self, x_ab: Tensor) -> Tensor:
        """The style's mean, by an encoder that takes no gradient itself but passes it on.

        Trained by this loss, the encoder would hide the code in the image. Section 4 there.
        """
        encoder = self.model.encoder
        frozen = {name: parameter.detach() for name, parameter in encoder.named_parameters()}
        return functional_call(encoder, frozen, (x_ab,)).chunk(2, dim=1)[0]


def reparametrised(mean: Tensor, log_variance: Tensor, epsilon: Tensor) -> Tensor:
    """A sample of N(mean, variance) from one of N(0, I)."""
    return mean + (0.5 * log_variance).exp() * epsilon
