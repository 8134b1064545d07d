"""TUNIT's objective. Source: Baek et al. 2021, section 3; weights and schedule of section 4."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from munit_hub.domain_discriminator import DomainDiscriminator
from munit_hub.modeling_tunit import TunitModel
from training.augment import DRAWS, AugmentConfig, augment
from training.losses import (
    accuracies,
    hinge_generator,
    hinge_real,
    hinge_translated,
    info_nce,
    l1,
    r1,
)
from training.objectives.adversary import initialise_kaiming
from training.objectives.guide import domains, guide_terms, initialise_guide
from training.objectives.momentum import StyleQueue, follow, keep_no_statistics
from training.objectives.phases import BatchShape, Phase, PhaseResult, weighted_sum
from training.objectives.together import join_norms, joined, of_all_processes, own

SIZES = (32, 64, 128, 256)  # pixels, that the discriminator halves down to 4
CLUSTERING = (Phase("clustering", ("guide",)),)
JOINT = (
    Phase("guide", ("guide",)),
    Phase("critic", ("critic",)),
    Phase("generator", ("generator", "guide")),
)
SEPARATE = (Phase("critic", ("critic",)), Phase("generator", ("generator",)))


@dataclass
class TunitWeights:
    """Weight of every term."""

    iic: float = 5.0  # the guide's own: clusters
    contrast: float = 1.0  # the guide's own: styles
    labelled: float = 1.0  # the guide's own: cross-entropy, where a source tells labels
    joint_guide: float = 0.1  # of both together, once the generator is trained
    critic: float = 1.0
    r1: float = 10.0
    gan: float = 1.0
    image_rec: float = 0.1
    style_contrast: float = 0.01


@dataclass
class TunitModelConfig:
    """TunitModel's architecture; `num_domains` is how many it looks for, at most."""

    num_domains: int = 10
    base_width: int = 64
    num_residual_blocks: int = 2
    num_downsamples: int = 3
    guide_width: int = 64
    style_dim: int = 128
    mlp_width: int = 256


@dataclass
class TunitCriticConfig:
    """DomainDiscriminator's widths."""

    base_width: int = 64
    max_width: int = 1024


@dataclass
class TunitConfig:
    """Everything that is TUNIT's own in a training run."""

    model: TunitModelConfig = field(default_factory=TunitModelConfig)
    critic: TunitCriticConfig = field(default_factory=TunitCriticConfig)
    weights: TunitWeights = field(default_factory=TunitWeights)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    clustering_steps: int = 65_000  # in which the guide learns alone
    joint: bool = True  # afterwards it learns on with the generator; false: it is frozen
    queue_size: int = 1024  # past styles that a style is told from
    temperature: float = 0.07
    momentum: float = 0.999  # of the encoder of those styles
    # How much the evenness of the domains' sizes counts in `iic`. In short runs, with high learning
    # rates, domains die early at the published 1; 1.2 keeps them alive.
    balance: float = 1.0

    def build(
        self, channels: list[int], domain_names: list[str], sample_size: int
    ) -> TunitObjective:
        """The objective with freshly initialised networks; ValueError for data that do not fit."""
        if len(channels) != 1:
            raise ValueError(f"tunit finds domains in one source, not in {len(channels)}.")
        if sample_size not in SIZES:
            sizes = ", ".join(map(str, SIZES))
            raise ValueError(f"data.resolution must be one of {sizes}, not {sample_size}.")
        widths = vars(self.model).copy()
        number = widths.pop("num_domains")
        model = TunitModel(
            channels=channels * number,
            domain_names=[str(domain) for domain in range(number)],
            sample_size=sample_size,
            **widths,
        )
        critic = DomainDiscriminator(sample_size, number, channels[0], **vars(self.critic))
        initialise_guide(model.guiding)
        initialise_kaiming(model.generator)
        initialise_kaiming(critic)
        return TunitObjective(model, critic, self)


class TunitObjective(nn.Module):
    """The model, its discriminator, a momentum encoder with its queue, and the losses.

    A batch is a dict whose first entry is images (B, C, H, W) in [-1, 1]; a second one, if any,
    is their labels (B,), -1 for the unlabelled: the indices of their domains. Noise is a dict:
    `view` (B, DRAWS) makes the augmented images, and the order of `partner` (B,) says which image
    of the batch each one takes its reference from; the batch of all processes, if there are more.
    """

    def __init__(self, model: TunitModel, critic: DomainDiscriminator, config: TunitConfig):
        super().__init__()
        join_norms(model.guiding)
        self.model = model
        self.critic = critic
        # The momentum encoder; frozen here for DDP alone, as nothing takes its gradients.
        self.average = copy.deepcopy(model.guiding).requires_grad_(False)
        keep_no_statistics(model.guiding)
        self.queue = StyleQueue(config.queue_size, model.style_dim)
        self.config = config
        self.weights = vars(config.weights)

    def networks(self) -> dict[str, nn.Module]:
        """The parts that have an optimizer of their own."""
        parts = {"guide": self.model.guiding, "generator": self.model.generator}
        return parts | {"critic": self.critic}

    def phases(self, step: int) -> tuple[Phase, ...]:
        """What a step trains: the guide alone at first, then generator and critic as well."""
        if step < self.config.clustering_steps:
            return CLUSTERING
        return JOINT if self.config.joint else SEPARATE

    def draw_noise(self, shape: BatchShape, generator: torch.Generator) -> dict[str, Tensor]:
        """Numbers from U(0, 1), one row an image."""
        numbers = torch.rand(shape.size, DRAWS + 1, generator=generator)
        return {"view": numbers[:, :DRAWS], "partner": numbers[:, DRAWS]}

    def forward(
        self, phase: str, x: dict[str, Tensor], z: dict[str, Tensor], carry: dict[str, Tensor]
    ) -> PhaseResult:
        """(loss, named terms, carry) of a phase; the guide's keys are carried to the last."""
        images, *told = x.values()
        labels = told[0] if told else None
        if len(images) < 2:
            raise ValueError("tunit needs batches of two images at least, for batch statistics.")
        last = phase in ("clustering", "generator")  # one of them is in every step
        if last:
            follow(self.average, self.model.guiding, self.config.momentum)
        if phase in ("clustering", "guide"):
            view = augment(images, z["view"], self.config.augment)
            result = self.guide_loss(images, view, labels)
            loss = result.loss * (1.0 if phase == "clustering" else self.weights["joint_guide"])
            result = result._replace(loss=loss)
        else:
            partner = own(of_all_processes(z["partner"]).argsort())  # among the images of all
            of_phase = self.critic_loss if phase == "critic" else self.generator_loss
            result = of_phase(images, partner, labels)._replace(carry=carry)
        if last and "keys" in result.carry:
            # Not before: the generator's styles are told from those of earlier parts alone.
            self.queue.push(of_all_processes(result.carry["keys"]))
        return result

    def guide_loss(self, x: Tensor, view: Tensor, labels: Tensor | None = None) -> PhaseResult:
        """Section 3.2: clusters and styles of images and other views of them; carries the keys."""
        first, second = self.model.guide(x), self.model.guide(view)
        with torch.no_grad():
            keys = self.average(view).style
        past, config = self.queue.held(), self.config
        terms = guide_terms(first, second, keys, past, config.temperature, config.balance, labels)
        return PhaseResult(weighted_sum(terms, self.weights), terms, {"keys": keys})

    def critic_loss(self, x: Tensor, partner: Tensor, labels: Tensor | None = None) -> PhaseResult:
        """Section 3.4: real references against translations, by the references' domains."""
        with torch.no_grad():
            style, logits = self.model.guide(x)
            translated = self.model.decode(self.model.encode_content(x), joined(style)[partner])
        domain = joined(domains(logits, labels))[partner]
        x_ref = joined(x)[partner].requires_grad_()
        real, made = self.critic(x_ref, domain), self.critic(translated, domain)
        terms = {"critic/real": hinge_real(real), "critic/translated": hinge_translated(made)}
        if self.config.weights.r1 > 0:
            terms["r1"] = r1(real, x_ref)
        right = accuracies([real], [made])
        return PhaseResult(weighted_sum(terms, self.weights), terms | right, {})

    def generator_loss(
        self, x: Tensor, partner: Tensor, labels: Tensor | None = None
    ) -> PhaseResult:
        """Section 3.3 and 3.4: translations and reconstructions, for generator and guide."""
        style, logits = self.model.guide(x)
        domain = domains(logits, labels)
        # Translations and reconstructions share every pass that takes each image by itself.
        content = self.model.encode_content(x).repeat(2, 1, 1, 1)
        made = self.model.decode(content, torch.cat((joined(style)[partner], style)))
        translated, rec = made.chunk(2)
        heads = torch.cat((joined(domain)[partner], domain))
        fooled, fooled_rec = self.critic(made, heads).chunk(2)
        with torch.no_grad():
            key = self.average(joined(x)[partner]).style
        recovered, negatives = self.model.guide(translated).style, self.queue.held()
        terms = {
            "gan/translated": hinge_generator(fooled),
            "gan/rec": hinge_generator(fooled_rec),
            "image_rec": l1(rec, x),
            "style_contrast": info_nce(recovered, key, negatives, self.config.temperature),
        }
        return PhaseResult(weighted_sum(terms, self.weights), terms, {})
