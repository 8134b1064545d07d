"""What is noticed while a run goes on unwatched."""

from __future__ import annotations

import logging
import resource
import sys
from pathlib import Path

import torch
from torch import Tensor

logger = logging.getLogger(__name__)


class CollapseAlarm:
    """Warns once, by the domain's name, when the outputs of one input become alike.

    Only where they differed before: edges hardly have styles, and one-output systems none.
    """

    def __init__(self, floor: float, differed: set[str]):
        """`differed`: the domains whose outputs differed before; what it sees is added to it."""
        self.floor, self.differed = floor, differed

    def __call__(self, diversities: dict[str, float], step: int) -> None:
        """`diversities` by domain, see `training.evaluate.diversity`."""
        for domain, value in diversities.items():
            if value >= 2 * self.floor:
                self.differed.add(domain)
            elif value < self.floor and domain in self.differed:
                self.differed.remove(domain)
                logger.warning(
                    "Mode collapse? At step %d the translations of one picture into %s differ by "
                    "only %.4f (log.diversity_floor is %g); look at the samples.",
                    step,
                    domain,
                    value,
                    self.floor,
                )


def one_colour(x: dict[str, Tensor]) -> str:
    """A sentence on the pictures (B, C, H, W) of one colour by domain; empty where none is.

    Every instance norm multiplies their gradient by 1 / sqrt(eps), 316: a dozen of them overflow.
    """
    images = {domain: values for domain, values in x.items() if values.ndim == 4}
    flat = [
        domain
        for domain, values in images.items()
        if (values.amax((2, 3)) == values.amin((2, 3))).all(1).any()
    ]
    if not flat:
        return ""
    return (
        f" A picture of {' and of '.join(flat)} is of one colour, by which norms cannot divide: "
        "leave such pictures out, or pass over them with --skip_nonfinite."
    )


def peak_memory(device: torch.device) -> int:
    """The most memory so far in bytes: the GPU's, or this process's."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    # Not getrusage: its figure is inherited from the process that started this one.
    status = Path("/proc/self/status")
    if not status.is_file():
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
