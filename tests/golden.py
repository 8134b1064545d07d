"""The golden folders: the reference's figures, and its networks converted to this package."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from munit_hub.conversion import (
    convert_cyclegan,
    convert_cyclegan_critic,
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    convert_nvlabs_unit,
    load_reference_file,
)
from munit_hub.conversion.nvlabs_names import critic_names, munit_names, unit_names
from tests.golden_reference import read_reference
from training.objectives.adversary import Critics
from training.objectives.munit import MunitObjective, MunitWeights
from training.objectives.phases import Objective
from training.objectives.unit import UnitObjective, UnitWeights


class System(NamedTuple):
    """How a reference system's checkpoint, weights, outputs and noise map to this package's."""

    convert: Callable[..., Any]
    names: Callable[[dict[str, Tensor], int], dict[str, str]]
    objective: Callable[..., Any]
    weights: Any
    weight_names: dict[str, str]  # this package's field -> the reference's
    loss_names: dict[str, str]  # the reference's, {d} for the domain -> this package's term
    outputs: Callable[[Golden], dict[str, Tensor]]
    inputs: list[str]  # what reference.safetensors must hold; all else in there are outputs


def munit_outputs(golden: Golden) -> dict[str, Tensor]:
    """Codes, reconstructions, translations and exemplar translations."""
    model, reference = golden.objective.model, golden.reference
    code = {name: model.encode(x, name) for name, x in golden.images().items()}
    ours: dict[str, Tensor] = {}
    for a, b in ("ab", "ba"):
        ours[f"content_{a}"], ours[f"style_{a}"] = code[a]
        ours[f"x_{a}{a}"] = model.decode(*code[a], a)
        ours[f"x_{a}{b}"] = model.decode(code[a].content, reference[f"z_{b}"].flatten(1), b)
        ours[f"x_{a}{b}_exemplar"] = model.decode(code[a].content, code[b].style, b)
    return ours


def unit_outputs(golden: Golden) -> dict[str, Tensor]:
    """Latents, reconstructions and translations, without noise."""
    model = golden.objective.model
    ours: dict[str, Tensor] = {}
    for a, b in ("ab", "ba"):
        ours[f"latent_{a}"] = latent = model.encode(golden.images()[a], a)
        ours[f"x_{a}{a}"] = model.decode(latent, a)
        ours[f"x_{a}{b}"] = model.decode(latent, b)
    return ours


MUNIT = System(
    convert_nvlabs_munit,
    munit_names,
    MunitObjective,
    MunitWeights,
    {
        "gan": "gan_w",
        "image_rec": "recon_x_w",
        "content_rec": "recon_c_w",
        "style_rec": "recon_s_w",
        "cycle_rec": "recon_x_cyc_w",
    },
    {
        "recon_x_{d}": "image_rec",
        "recon_c_{d}": "content_rec",
        "recon_s_{d}": "style_rec",
        "cycrecon_x_{d}": "cycle_rec",
        "adv_{d}": "gan",
    },
    munit_outputs,
    [f"{name}_{d}" for name in "xz" for d in "ab"]
    + [f"{phase}_noise_{i}" for phase in ("gen", "dis") for i in range(2)],
)
UNIT = System(
    convert_nvlabs_unit,
    unit_names,
    UnitObjective,
    UnitWeights,
    {
        "gan": "gan_w",
        "image_rec": "recon_x_w",
        "kl": "recon_kl_w",
        "cycle_rec": "recon_x_cyc_w",
        "cycle_kl": "recon_kl_cyc_w",
    },
    {
        "recon_x_{d}": "image_rec",
        "recon_kl_{d}": "kl",
        "cyc_x_{d}": "cycle_rec",
        "recon_kl_cyc_{d}{o}{d}": "cycle_kl",
        "adv_{d}": "gan",
    },
    unit_outputs,
    ["x_a", "x_b", "dis_noise_0", "dis_noise_1", *(f"gen_noise_{i}" for i in range(4))],
)
CYCLEGAN_INPUTS = ["x_a", "x_b"]
PHASES = {"gen": "generator", "dis": "critics"}  # the reference's prefix: ours


class Golden:
    """A folder of what the reference computed, and the same system converted to this package."""

    phases = tuple(PHASES)

    def __init__(self, folder: Path):
        self.config = yaml.safe_load((folder / "config.yaml").read_text())
        self.system = MUNIT if "style_dim" in self.config["gen"] else UNIT
        self.reference = read_reference(folder, self.system.inputs)
        self.losses: dict[str, float] = json.loads((folder / "losses.json").read_text())
        self.gradients = load_file(folder / "gradients.safetensors")
        gen, dis = (next(folder.glob(f"{name}_*.pt")) for name in ("gen", "dis"))
        self.states = {"gen": load_reference_file(gen), "dis": load_reference_file(dis)}
        names = self.system.weight_names.items()
        weights = self.system.weights(**{ours: self.config[theirs] for ours, theirs in names})
        critics = convert_nvlabs_critics(dis, self.config)
        self.objective = self.system.objective(
            self.system.convert(gen, self.config),
            Critics(critics, ["a", "b"], self.config["dis"]["gan_type"]),
            weights,
        )
        self.start = {k: v.clone() for k, v in self.objective.state_dict().items()}

    def restart(self) -> Objective:
        """The objective as recorded: batch and spectral norm change when they are used."""
        self.objective.load_state_dict(self.start)
        self.objective.zero_grad()
        return self.objective

    def recorded_outputs(self) -> dict[str, Tensor]:
        """What the reference's networks made of the recorded inputs."""
        return {k: v for k, v in self.reference.items() if k not in self.system.inputs}

    def recorded_losses(self, prefix: str) -> list[str]:
        """The names of a phase's losses; VGG's were recorded as 0 where their weight is 0."""
        unused = () if self.config.get("vgg_w") else ("gen_vgg_a", "gen_vgg_b")
        return [k for k in self.losses if k.startswith(f"{prefix}_") and k not in unused]

    def images(self) -> dict[str, Tensor]:
        """The recorded inputs by domain."""
        return {name: self.reference[f"x_{name}"] for name in "ab"}

    def noise(self, prefix: str) -> dict[str, Tensor]:
        """The recorded noise of a phase: MUNIT's styles, UNIT's latents; x_ba is encoded first."""
        order = ["a", "b", "b/cycle", "a/cycle"]
        drawn = {n: self.reference.get(f"{prefix}_noise_{i}") for i, n in enumerate(order)}
        flat = self.system is MUNIT
        return {n: z.flatten(1) if flat else z for n, z in drawn.items() if z is not None}

    def run(self, phase: str, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Forward and backward of a phase; its losses under the reference's names."""
        loss, terms, _ = self.restart()(PHASES[phase], x, self.noise(phase), {})
        loss.backward()
        named = {f"{phase}_total": loss}
        named |= {f"dis_{d}": terms[f"critic/{d}"] for d in "ab" if f"critic/{d}" in terms}
        for d, o in ("ab", "ba"):
            for theirs, ours in self.system.loss_names.items():
                if f"{ours}/{d}" in terms:
                    named["gen_" + theirs.format(d=d, o=o)] = terms[f"{ours}/{d}"]
        return named

    def recorded_gradients(self, phase: str) -> list[str]:
        """The names of a phase's gradients."""
        return [name for name in self.gradients if name.startswith(f"grad.{phase}_")]

    def own_gradients(self, phase: str) -> dict[str, Tensor | None]:
        """The gradients that `run` left, under the reference's names."""
        found = {}
        for index, domain in enumerate("ab"):
            state = self.states[phase][domain]
            if phase == "gen":
                network, names = self.objective.model, self.system.names(state, index)
            else:
                network, names = self.objective.critics[index], critic_names(state)
            parameters = dict(network.named_parameters())
            for theirs, ours in names.items():
                if ours in parameters:
                    found[f"grad.{phase}_{domain}.{theirs}"] = parameters[ours].grad
        return found

    @torch.no_grad()
    def outputs(self) -> dict[str, Tensor]:
        """What the system's networks and its critics make of the recorded inputs."""
        self.restart()
        ours = self.system.outputs(self)
        for name, x in self.images().items():
            for scale, logits in enumerate(self.objective.critics.logits(x, name)):
                ours[f"logits_{name}_scale{scale}"] = logits
        return ours


class CycleGanGolden:
    """A folder of a public CycleGAN: outputs only, and the critic of domain b alone."""

    phases = ()

    def __init__(self, folder: Path):
        self.reference = read_reference(folder, CYCLEGAN_INPUTS)
        generators = (folder / f"latest_net_G_{d}.pth" for d in "AB")
        self.model = convert_cyclegan(*generators)
        self.critic = convert_cyclegan_critic(folder / "latest_net_D_A.pth")

    def recorded_outputs(self) -> dict[str, Tensor]:
        """What the reference's networks made of the recorded inputs."""
        return {k: v for k, v in self.reference.items() if k not in CYCLEGAN_INPUTS}

    @torch.no_grad()
    def outputs(self) -> dict[str, Tensor]:
        """Both translations, and the critic's logits of real images of b."""
        x = self.reference
        ours = {f"x_{a}{b}": self.model(x[f"x_{a}"], a, b) for a, b in ("ab", "ba")}
        return ours | {"logits_b": self.critic(x["x_b"])[0]}
