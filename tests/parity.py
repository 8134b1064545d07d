"""`python -m tests.parity FOLDER`: are these the same functions as the reference's?

FOLDER holds a reference checkpoint, its config, and what the reference computed from recorded
inputs and noise (../shared/golden/README.md). Prints the largest error of the outputs, of every
loss and of the gradients. Exits 1 over tolerance, where the reference recorded a figure that this
package does not compute, and where nothing was recorded; 2 where FOLDER is no such folder.

The losses have kinks (L1, ReLU), and where a value lies within rounding of one, the gradient
depends on the order of additions: the reference's own operations, run without oneDNN, are 2.5e-3
away from themselves. So gradients are taken at the recorded images and, while any tensor is over
tolerance, at images one float32 rounding away from them; each tensor keeps its best.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from tests.golden import CycleGanGolden, Golden
from tests.golden_folder import open_golden
from tests.golden_tunit import TunitGolden

ROUNDING = 6e-8  # half a unit in the last place of float32, relative
MAX_EVALUATIONS = 24
TOLERANCES = {"output": 1e-5, "loss": 1e-5, "gradient": 1e-3}


class Error(NamedTuple):
    """One comparison: what kind, which, and its error relative to the reference's largest value."""

    kind: str
    name: str
    value: float | None  # None where this package computes no such figure

    @property
    def within(self) -> bool:
        return self.value is not None and self.value <= TOLERANCES[self.kind]  # False for NaN

    def __str__(self) -> str:
        if self.value is None:
            return f"MISSING  {self.kind} {self.name}: recorded, but not computed here"
        return f"OVER TOLERANCE  {self.kind} {self.name}: {self.value:.1e}"


def relative(ours: Tensor, theirs: Tensor) -> float:
    """Largest absolute difference over the largest absolute value of the reference."""
    scale = theirs.abs().max().clamp_min(1e-12)
    return ((ours.reshape(theirs.shape) - theirs).abs().max() / scale).item()


def all_of(kind: str, recorded: Iterable[str], found: dict[str, float]) -> list[Error]:
    """An error for each figure that the reference recorded, found or not."""
    return [Error(kind, name, found.get(name)) for name in recorded]


def output_errors(golden: Golden | CycleGanGolden | TunitGolden) -> list[Error]:
    """Every output that the reference recorded."""
    ours, recorded = golden.outputs(), golden.recorded_outputs()
    found = {k: relative(ours[k], v) for k, v in recorded.items() if k in ours}
    return all_of("output", recorded, found)


def loss_errors(golden: Golden | TunitGolden, phase: str) -> list[Error]:
    """Every loss of a phase that the reference recorded."""
    named, recorded = golden.run(phase, golden.images()), golden.recorded_losses(phase)
    found = {
        name: relative(named[name].detach(), torch.tensor(golden.losses[name]))
        for name in recorded
        if name in named
    }
    return all_of("loss", recorded, found)


def gradient_errors(golden: Golden | TunitGolden, phase: str) -> list[Error]:
    """Gradients of a phase's total; each tensor at its best evaluation, see the module's text."""
    best: dict[str, float] = {}
    generator = torch.Generator().manual_seed(0)
    recorded = golden.recorded_gradients(phase)
    for evaluation in range(MAX_EVALUATIONS):
        x = golden.images()
        if evaluation:
            x = {
                k: v * (1 + ROUNDING * torch.randn(v.shape, generator=generator))
                for k, v in x.items()
            }
        golden.run(phase, x)
        for name, gradient in golden.own_gradients(phase).items():
            if name in golden.gradients:
                error = gradient_error(golden.gradients, name, gradient)
                best[name] = min(error, best.get(name, error))
        if max(best.values(), default=0) <= TOLERANCES["gradient"]:
            break
    return all_of("gradient", recorded, best)


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
    for phase in golden.phases:
        errors += loss_errors(golden, phase) + gradient_errors(golden, phase)
    return errors


def main(folder: str) -> int:
    """Print the errors: the worst output and gradient, and every loss."""
    try:
        errors = compare(Path(folder))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for kind in TOLERANCES:
        print_kind(kind, errors)
    failed = [error for error in errors if not error.within]
    print(*failed, sep="\n", end="\n" if failed else "")
    if all(error.value is None for error in errors):
        print(f"Nothing was compared: {folder} records no figure that is computed here.")
        return 1
    return 1 if failed else 0


def print_kind(kind: str, errors: list[Error]) -> None:
    """Print one kind of errors: of the losses all, of the others the worst."""
    values = {e.name: e.value for e in errors if e.kind == kind and e.value is not None}
    if not values:
        return
    for name in values if kind == "loss" else [max(values, key=values.__getitem__)]:
        print(f"{kind:9} {values[name]:.1e}  {name}")
    print(f"{kind:9} {len(values)} compared, tolerance {TOLERANCES[kind]:.0e}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.parity FOLDER")
    sys.exit(main(sys.argv[1]))
