"""`python -m tests.parity FOLDER`: are these the same functions as the reference's?

FOLDER holds a reference checkpoint, its config, and what the reference computed from recorded
inputs and noise (../shared/golden/README.md). Prints the largest error of the outputs, of every
loss and of the gradients; exits 1 over tolerance.

The losses have kinks (L1, ReLU), and where a value lies within rounding of one, the gradient
depends on the order of additions: the reference's own operations, run without oneDNN, are 2.5e-3
away from themselves. So gradients are taken at the recorded images and, while any tensor is over
tolerance, at images one float32 rounding away from them; each tensor keeps its best.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from munit_hub.conversion import (
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    convert_nvlabs_unit,
    critic_names,
    load_reference_file,
    munit_names,
    unit_names,
)
from training.objectives.adversary import Critics
from training.objectives.munit import MunitObjective, MunitWeights
from training.objectives.phases import Objective, PhaseResult
from training.objectives.unit import UnitObjective, UnitWeights

ROUNDING = 6e-8  # half a unit in the last place of float32, relative
MAX_EVALUATIONS = 24
TOLERANCES = {"output": 1e-5, "loss": 1e-5, "gradient": 1e-3}


class Error(NamedTuple):
    """One comparison: what kind, which, and its error relative to the reference's largest value."""

    kind: str
    name: str
    value: float

    @property
    def within(self) -> bool:
        return self.value <= TOLERANCES[self.kind]  # False for NaN


def relative(ours: Tensor, theirs: Tensor) -> float:
    """Largest absolute difference over the largest absolute value of the reference."""
    scale = theirs.abs().max().clamp_min(1e-12)
    return ((ours.reshape(theirs.shape) - theirs).abs().max() / scale).item()


class System(NamedTuple):
    """How a reference system's checkpoint, weights, outputs and noise map to this package's."""

    convert: Callable[..., Any]
    names: Callable[[dict[str, Tensor], int], dict[str, str]]
    objective: Callable[..., Any]
    weights: Any
    weight_names: dict[str, str]  # this package's field -> the reference's
    loss_names: dict[str, str]  # the reference's, {d} for the domain -> this package's term
    outputs: Callable[[Golden], dict[str, Tensor]]


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
)


class Golden:
    """A folder of what the reference computed, and the same system converted to this package."""

    def __init__(self, folder: Path):
        self.config = yaml.safe_load((folder / "config.yaml").read_text())
        self.system = MUNIT if "style_dim" in self.config["gen"] else UNIT
        self.reference = load_file(folder / "reference.safetensors")
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

    def images(self) -> dict[str, Tensor]:
        """The recorded inputs by domain."""
        return {name: self.reference[f"x_{name}"] for name in "ab"}

    def noise(self, prefix: str) -> dict[str, Tensor]:
        """The recorded noise of a phase: MUNIT's styles, UNIT's latents; x_ba is encoded first."""
        order = ["a", "b", "b/cycle", "a/cycle"]
        drawn = {n: self.reference.get(f"{prefix}_noise_{i}") for i, n in enumerate(order)}
        flat = self.system is MUNIT
        return {n: z.flatten(1) if flat else z for n, z in drawn.items() if z is not None}


@torch.no_grad()
def output_errors(golden: Golden) -> list[Error]:
    """What the system's networks and its critics make of the recorded inputs."""
    golden.restart()
    ours = golden.system.outputs(golden)
    for name, x in golden.images().items():
        for scale, logits in enumerate(golden.objective.critics.logits(x, name)):
            ours[f"logits_{name}_scale{scale}"] = logits
    reference = golden.reference
    return [Error("output", k, relative(ours[k], v)) for k, v in reference.items() if k in ours]


def loss_terms(golden: Golden, terms: dict[str, Tensor]) -> dict[str, Tensor]:
    """Terms of the generator under the reference's names."""
    named = {}
    for d, o in ("ab", "ba"):
        for theirs, ours in golden.system.loss_names.items():
            if f"{ours}/{d}" in terms:
                named["gen_" + theirs.format(d=d, o=o)] = terms[f"{ours}/{d}"]
    return named


def loss_errors(golden: Golden, phase: str, prefix: str) -> list[Error]:
    """Every loss of a phase; leaves the gradients of its total on the parameters."""
    loss, terms, _ = run_phase(golden, phase, prefix, golden.images())
    named = {f"{prefix}_total": loss} | loss_terms(golden, terms)
    named |= {f"dis_{d}": terms[f"critic/{d}"] for d in "ab" if f"critic/{d}" in terms}
    return [
        Error("loss", name, relative(value.detach(), torch.tensor(golden.losses[name])))
        for name, value in named.items()
    ]


def run_phase(golden: Golden, phase: str, prefix: str, x: dict[str, Tensor]) -> PhaseResult:
    """Forward and backward of a phase with the recorded noise."""
    result = golden.restart()(phase, x, golden.noise(prefix), {})
    result.loss.backward()
    return result


def gradient_errors(golden: Golden, phase: str, prefix: str) -> list[Error]:
    """Gradients of a phase's total; each tensor at its best evaluation, see the module's text."""
    best: dict[str, float] = {}
    generator = torch.Generator().manual_seed(0)
    for evaluation in range(MAX_EVALUATIONS):
        x = golden.images()
        if evaluation:
            x = {
                k: v * (1 + ROUNDING * torch.randn(v.shape, generator=generator))
                for k, v in x.items()
            }
        run_phase(golden, phase, prefix, x)
        for name, error in recorded_gradients(golden, prefix).items():
            best[name] = min(error, best.get(name, error))
        if max(best.values()) <= TOLERANCES["gradient"]:
            break
    return [Error("gradient", name, error) for name, error in best.items()]


def recorded_gradients(golden: Golden, prefix: str) -> dict[str, float]:
    """The error of every recorded gradient of one phase, relative to its tensor's largest."""
    errors = {}
    for index, domain in enumerate("ab"):
        state = golden.states[prefix][domain]
        if prefix == "gen":
            network, names = golden.objective.model, golden.system.names(state, index)
        else:
            network, names = golden.objective.critics[index], critic_names(state)
        parameters = dict(network.named_parameters())
        for theirs, ours in names.items():
            key = f"grad.{prefix}_{domain}.{theirs}"
            if key in golden.gradients:
                errors[key] = gradient_error(golden.gradients, key, parameters[ours].grad)
    return errors


def gradient_error(recorded: dict[str, Tensor], key: str, ours: Tensor | None) -> float:
    """As `relative`, but a bias that a norm cancels is measured against its layer's weight.

    Its gradient is zero; what is recorded is rounding, below 1e-5 of the weight's.
    """
    theirs = recorded[key]
    ours = torch.zeros_like(theirs) if ours is None else ours
    weight = recorded.get(key.removesuffix("bias") + "weight", theirs)
    if theirs.abs().max() < 1e-5 * weight.abs().max():
        return ((ours - theirs).abs().max() / weight.abs().max()).item()
    return relative(ours, theirs)


def compare(folder: Path) -> list[Error]:
    """All errors of a golden folder."""
    golden = Golden(folder)
    errors = output_errors(golden)
    for phase, prefix in (("generator", "gen"), ("critics", "dis")):
        errors += loss_errors(golden, phase, prefix) + gradient_errors(golden, phase, prefix)
    return errors


def main(folder: str) -> int:
    """Print the errors: the worst output and gradient, and every loss."""
    errors = compare(Path(folder))
    for kind, tolerance in TOLERANCES.items():
        of_kind = [error for error in errors if error.kind == kind]
        shown = of_kind if kind == "loss" else [max(of_kind, key=lambda error: error.value)]
        for error in shown:
            print(f"{kind:9} {error.value:.1e}  {error.name}")
        print(f"{kind:9} {len(of_kind)} compared, tolerance {tolerance:.0e}")
    failed = [error for error in errors if not error.within]
    for error in failed:
        print(f"OVER TOLERANCE  {error.kind} {error.name}: {error.value:.1e}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.parity FOLDER")
    sys.exit(main(sys.argv[1]))
