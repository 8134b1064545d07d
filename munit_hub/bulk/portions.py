"""Which part of a job is this process's: one of several processes, nodes or array tasks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Portion:
    """Every `count`-th of what there is, from the one with this index on."""

    index: int = 0
    count: int = 1

    def of(self, whole: Sequence[T]) -> Sequence[T]:
        """This process's share."""
        return whole[self.index :: self.count]


def portion_of_process(part: str = "0/1", environment: Mapping[str, str] = os.environ) -> Portion:
    """The share of this process: of the part I of N that is named, and among those launched.

    `accelerate launch` and torchrun number the processes of all their nodes (RANK, WORLD_SIZE);
    nothing passes between them, so that one may end, or be started anew, without the others.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", part)
    if not found or not int(found[1]) < int(found[2]):
        raise ValueError(f'A part is like "0/2" or "1/2" (index/count), not {part!r}.')
    rank, world = int(environment.get("RANK", "0")), processes(environment)
    return Portion(int(found[1]) * world + rank, int(found[2]) * world)


def processes(environment: Mapping[str, str] = os.environ) -> int:
    """How many processes were launched together."""
    return int(environment.get("WORLD_SIZE", "1"))
