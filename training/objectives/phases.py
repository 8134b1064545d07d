"""What the loop needs to know of any objective."""

from __future__ import annotations

from collections.abc import Callable
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


class BatchShape(NamedTuple):
    """How many images of each domain a step has, over all processes, and their size in pixels."""

    size: int
    height: int
    width: int


GENERATOR_THEN_CRITICS = (Phase("generator", ("model",)), Phase("critics", ("critics",)))


class Objective(Protocol):
    """An nn.Module that holds a model, what only training needs, and the losses of each phase."""

    model: nn.Module

    def networks(self) -> dict[str, nn.Module]: ...

    def phases(self, step: int) -> tuple[Phase, ...]: ...

    def draw_noise(self, shape: BatchShape, generator: torch.Generator) -> dict[str, Tensor]: ...

    def __call__(
        self, phase: str, x: dict[str, Tensor], z: dict[str, Tensor], carry: dict[str, Tensor]
    ) -> PhaseResult: ...


def directions(domains: list[str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both (source, target) pairs of two domains."""
    a, b = domains
    return (a, b), (b, a)


def weighted_sum(terms: dict[str, Tensor], weights: dict[str, float]) -> Tensor:
    """Sum of the terms `name/domain`, each times the weight of its name."""
    return sum(weights[name.split("/")[0]] * term for name, term in terms.items())  # type: ignore[return-value]


def in_one_pass(network: Callable[..., Tensor], *batches: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What a network makes of each of these batches, (B, ...) all: one pass is faster than several.

    Only for networks that treat every sample by itself, without batch norm.
    """
    together = (torch.cat(tensors) for tensors in zip(*batches, strict=True))
    return network(*together).split([len(batch[0]) for batch in batches])
