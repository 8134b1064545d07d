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

import sys
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from munit_hub.conversion.nvlabs import critic_names
from tests.golden import CycleGanGolden, Golden, open_golden
from training.objectives.phases import PhaseResult

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


def output_errors(golden: Golden | CycleGanGolden) -> list[Error]:
    """Every output that the reference recorded and this package computes as well."""
    ours, reference = golden.outputs(), golden.reference
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
    """All errors of a golden folder: outputs, and where they were recorded losses and gradients."""
    golden = open_golden(folder)
    errors = output_errors(golden)
    if isinstance(golden, Golden):
        for phase, prefix in (("generator", "gen"), ("critics", "dis")):
            errors += loss_errors(golden, phase, prefix) + gradient_errors(golden, phase, prefix)
    return errors


def main(folder: str) -> int:
    """Print the errors: the worst output and gradient, and every loss."""
    errors = compare(Path(folder))
    for kind, tolerance in TOLERANCES.items():
        of_kind = [error for error in errors if error.kind == kind]
        if not of_kind:
            continue
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
