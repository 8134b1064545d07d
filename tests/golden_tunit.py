"""TUNIT's golden folder: the reference's figures, and its networks converted to this package."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from munit_hub.conversion import convert_clovaai_critic, convert_clovaai_tunit, load_reference_file
from munit_hub.conversion.clovaai import (
    CRITIC,
    TRAINED,
    critic_names,
    generator_names,
    guide_names,
)
from tests.golden_reference import read_reference
from training.objectives.phases import PhaseResult
from training.objectives.tunit import TunitConfig, TunitObjective, TunitWeights

INPUTS = ["infer_x", "infer_reference", "x", "x_augmented", "permutation", "queue"]
LOSSES = {  # the reference's by phase, and the weights with which they make its total
    "guide": ["iic", "style_contrastive_encoder", "guide_total"],
    "critic": ["d_real", "d_fake", "r1_weighted", "d_total"],
    "generator": ["g_adv", "image_recon", "style_contrastive_generator", "g_total"],
}
WEIGHTS = {  # this package's field -> the reference's
    "iic": "iic",
    "contrast": "contrastive_encoder",
    "gan": "adv",
    "image_rec": "image_recon",
    "style_contrast": "style_contrastive_generator",
    "r1": "r1",
}
GRADIENTS = {  # prefixes of the recorded gradients by phase, and this package's network
    "guide": {"grad.guide.": "guide"},
    "critic": {"grad.discriminator.": "critic"},
    "generator": {"grad.guide_from_g.": "guide", "grad.generator.": "generator"},
}


class TunitGolden:
    """A folder of what the reference's TUNIT computed: inference, and one step of training."""

    phases = tuple(LOSSES)

    def __init__(self, folder: Path):
        checkpoint = next(folder.glob("model_*.ckpt"))
        self.reference = read_reference(folder, INPUTS)
        self.losses: dict[str, float] = json.loads((folder / "losses.json").read_text())
        self.gradients = load_file(folder / "gradients.safetensors")
        self.model = convert_clovaai_tunit(checkpoint)  # of averaged networks, for inference
        config = json.loads((folder / "config.json").read_text())
        given = {ours: config["weights"][theirs] for ours, theirs in WEIGHTS.items()}
        self.objective = TunitObjective(
            convert_clovaai_tunit(checkpoint, TRAINED).train(),
            convert_clovaai_critic(checkpoint),
            TunitConfig(
                weights=TunitWeights(**given),
                queue_size=config["queue_size"],
                temperature=config["temperature"],
            ),
        )
        self.objective.average.load_state_dict(self.model.guiding.state_dict())
        self.objective.queue.push(self.reference["queue"])
        states = load_reference_file(checkpoint)
        self.names = {
            "guide": guide_names(states[TRAINED.guide]),
            "generator": generator_names(states[TRAINED.generator]),
            "critic": critic_names(states[CRITIC]),
        }

    def recorded_outputs(self) -> dict[str, Tensor]:
        """What the reference's networks made of the recorded inputs."""
        return {k: v for k, v in self.reference.items() if k not in INPUTS}

    def recorded_losses(self, phase: str) -> list[str]:
        """The names of a phase's losses; what no phase knows is asked of the first."""
        known = [name for names in LOSSES.values() for name in names]
        unknown = [k for k in self.losses if k not in known] if phase == self.phases[0] else []
        return [k for k in self.losses if k in LOSSES[phase]] + unknown

    def recorded_gradients(self, phase: str) -> list[str]:
        """The names of a phase's gradients; what no phase knows is asked of the first."""
        known = tuple(prefix for prefixes in GRADIENTS.values() for prefix in prefixes)
        mine = tuple(GRADIENTS[phase])
        unknown = phase == self.phases[0]
        return [
            k for k in self.gradients if k.startswith(mine) or (unknown and not k.startswith(known))
        ]

    def images(self) -> dict[str, Tensor]:
        """The recorded inputs of the training step."""
        return {name: self.reference[name] for name in ("x", "x_augmented")}

    def run(self, phase: str, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Forward and backward of a phase; its losses under the reference's names."""
        self.objective.zero_grad()
        result = self._result(phase, x)
        result.loss.backward()
        term = result.terms
        if phase == "guide":
            values = [term["iic"], term["contrast"]]
        elif phase == "critic":
            r1 = self.objective.config.weights.r1 * term["r1"]
            values = [term["critic/real"], term["critic/translated"], r1]
        else:
            values = [term["gan/translated"] + term["gan/rec"]]
            values += [term["image_rec"], term["style_contrast"]]
        return dict(zip(LOSSES[phase], [*values, result.loss], strict=True))

    def _result(self, phase: str, x: dict[str, Tensor]) -> PhaseResult:
        if phase == "guide":
            return self.objective.guide_loss(x["x"], x["x_augmented"])
        loss = getattr(self.objective, f"{phase}_loss")
        return loss(x["x"], self.reference["permutation"])

    def own_gradients(self, phase: str) -> dict[str, Tensor | None]:
        """The gradients that `run` left, under the reference's names."""
        found = {}
        for prefix, network in GRADIENTS[phase].items():
            parameters = dict(self.objective.networks()[network].named_parameters())
            for theirs, ours in self.names[network].items():
                if ours in parameters:
                    found[prefix + theirs] = parameters[ours].grad
        return found

    @torch.no_grad()
    def outputs(self) -> dict[str, Tensor]:
        """Inference by the averaged networks, and what the training step passes through."""
        return self._inference() | self._training()

    def _inference(self) -> dict[str, Tensor]:
        x, model = self.reference, self.model
        style, logits = model.guide(x["infer_reference"])
        return {
            "infer_style": style,
            "infer_logits": logits,
            "infer_content": model.encode_content(x["infer_x"]),
            "infer_x_fake": model.translate(x["infer_x"], reference=x["infer_reference"]),
        }

    def _training(self) -> dict[str, Tensor]:
        model, average = self.objective.model, self.objective.average
        x, view, partner = (self.reference[k] for k in ("x", "x_augmented", "permutation"))
        style, logits = model.guide(x)
        content, domain = model.encode_content(x), logits.argmax(1)
        x_fake = model.decode(content, style[partner])
        critic = self.objective.critic
        return {
            "style_query": style,
            "style_key": average(view).style,
            "prob": logits.softmax(1),
            "prob_augmented": model.guide(view).logits.softmax(1),
            "pseudo_label": domain,
            "style_reference": style[partner],
            "style_reference_ema": average(x[partner]).style,
            "content": content,
            "x_fake": x_fake,
            "x_rec": model.decode(content, style),
            "style_fake": model.guide(x_fake).style,
            "logits_real": critic(x[partner], domain[partner]),
            "logits_fake": critic(x_fake, domain[partner]),
        }
