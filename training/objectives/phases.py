"""What the loop needs to know of any objective."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn


class Phase(NamedTuple):
    """A part of a step: its name and the networks whose optimizers step in it."""

    name: str
    networks: tuple[str, ...]


class PhaseResult(NamedTuple):
    """A phase's loss, its unweighted terms by name, and what later phases of the step reuse."""

    loss: Tensor
    terms: dict[str, Tensor]
    carry: dict[str, Tensor]


class Objective(Protocol):
    """An nn.Module that holds a model, what only training needs, and the losses of each phase."""

    model: nn.Module

    def networks(self) -> dict[str, nn.Module]: ...

    def phases(self, step: int) -> tuple[Phase, ...]: ...

    def draw_noise(self, batch_size: int, generator: torch.Generator) -> dict[str, Tensor]: ...

    def __call__(
        self, phase: str, x: dict[str, Tensor], z: dict[str, Tensor], carry: dict[str, Tensor]
    ) -> PhaseResult: ...
