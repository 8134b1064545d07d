"""Pictures of a measured model: outputs alike and different, and what lies between two styles."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import torch
from torch import Tensor

from training.evaluate import tile
from training.measuring.task import Task, drawn, pictures_of
from training.metrics.features import ALEXNET_SIZE, resized
from training.metrics.lpips import Lpips

ROWS, OUTPUTS, SHOWN, STEPS = 8, 10, 4, 8


def draw_sheets(task: Task, lpips: Lpips, seed: int, directory: Path) -> list[str]:
    """Write samples.png and, of a model with styles, interpolations.png; their names."""
    numbers, generator = drawn(task.source, ROWS, seed), torch.Generator().manual_seed(seed)
    rows = [sample_row(task, lpips, number, generator) for number in numbers]
    tile(torch.stack(rows)).save(directory / "samples.png")
    if task.one_output:
        return ["samples"]
    between = [interpolation_row(task, number, generator) for number in numbers]
    tile(torch.stack(between)).save(directory / "interpolations.png")
    return ["samples", "interpolations"]


def sample_row(task: Task, lpips: Lpips, number: int, generator: torch.Generator) -> Tensor:
    """An input (N, 3, H, W), its truth if there is one, then its outputs.

    Of those SHOWN, the two most alike of OUTPUTS, and the two most different.
    """
    known = [pictures_of(task.source, [number])]
    known += [pictures_of(task.target, [number])] if task.paired else []
    if task.one_output:
        return torch.cat([*known, task.outputs(number, task.styles(1, generator))])
    made = task.outputs(number, task.styles(OUTPUTS, generator))
    alike, different = extremes(lpips, made)
    return torch.cat([*known, made[:SHOWN], made[list(alike)], made[list(different)]])


@torch.inference_mode()
def extremes(lpips: Lpips, made: Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
    """Which two of the outputs (N, 3, H, W) are most alike, and which most different."""
    pairs = list(combinations(range(len(made)), 2))
    first, second = (list(numbers) for numbers in zip(*pairs, strict=True))
    maps = lpips.features(resized(made.to(lpips.device), ALEXNET_SIZE))
    distances = lpips.between([each[first] for each in maps], [each[second] for each in maps])
    return pairs[int(distances.argmin())], pairs[int(distances.argmax())]


def interpolation_row(task: Task, number: int, generator: torch.Generator) -> Tensor:
    """An input and its outputs on the straight line between two styles: (1 + STEPS, 3, H, W)."""
    first, last = task.styles(2, generator)
    weights = torch.linspace(0, 1, STEPS, device=first.device)[:, None]
    made = task.outputs(number, torch.lerp(first, last, weights))
    return torch.cat([pictures_of(task.source, [number]), made])
