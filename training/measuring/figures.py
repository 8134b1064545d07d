"""A measured figure, with what one must know to compare it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Figure:
    """A value, its standard error, and how many of what it was measured on.

    real: the same figure of real images of the target instead of translations, where there is one.
    features: the network and layer; resize: how images came to its size.
    """

    value: float
    standard_error: float
    n: dict[str, int]
    features: str = ""
    resize: str = ""
    real: float | None = None

    def in_report(self, seed: int) -> dict[str, Any]:
        """As it stands in report.json."""
        return asdict(self) | {"seed": seed}


Figures = dict[str, Figure]


def mean_of(values: Tensor) -> tuple[float, float]:
    """The mean of independent values (N,) and its standard error, 0 of a single one."""
    error = values.double().std() / len(values) ** 0.5 if len(values) > 1 else values.new_zeros(())
    return values.double().mean().item(), error.item()
