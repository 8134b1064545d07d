"""`--dry_run`: a few steps that leave nothing behind, and what they tell of the whole run."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import torch
from accelerate import Accelerator

from training.config import TrainConfig
from training.data import TrainingData
from training.loop import prepare, step_noise, to_device
from training.objectives.phases import Objective, Phase
from training.provenance import counted
from training.watch import peak_memory

STEPS = 4  # the first is left out: it allocates and compiles


def rehearse(
    objective: Objective, data: TrainingData, config: TrainConfig, accelerator: Accelerator
) -> str:
    """A table of parameters, memory, and the time of a step and of the run; trains 4 steps.

    Where later steps have other phases, as TUNIT's have, so many of these as well.
    """
    run, train_step = prepare(objective, data, config, accelerator)

    def seconds(number: int, step: int) -> float:
        run.step = step
        start = time.perf_counter()
        x = to_device(data.batch(number), accelerator.device)
        train_step(x, step_noise(objective, x, config.seed, step, accelerator))
        if accelerator.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    kinds = kinds_of_steps(objective, config.max_steps)
    times = [
        statistics.median([seconds(k * STEPS + n, first) for n in range(STEPS)][1:])
        for k, (first, _) in enumerate(kinds.values())
    ]
    rows = {
        **{f"pictures of {s.domain}": counted(s.count) for s in data.sources},
        **{f"parameters of {n}": f"{count(m):,}" for n, m in objective.networks().items()},
        "device": str(accelerator.device),
        "memory": f"{peak_memory(accelerator.device) / 2**30:.2f} GiB at most",
        **rows_of_time([*kinds.values()], times, config),
    }
    return "\n".join(f"{name:24} {value}" for name, value in rows.items())


def rows_of_time(
    kinds: list[tuple[int, int]], times: list[float], config: TrainConfig
) -> dict[str, str]:
    """The seconds of each kind of step, of which the first and the number are given; and all's."""
    rows, whole = {}, 0.0
    for (first, many), time_of_one in zip(kinds, times, strict=True):
        images = config.data.batch_size / time_of_one
        name = f"from step {first:,}" if first else "a step"
        rows[name] = f"{time_of_one:.3g} s ({images:.1f} images/s)"
        whole += many * time_of_one
    told = timedelta(seconds=round(whole))
    return rows | {f"{config.max_steps:,} steps": f"about {told} of training alone"}


def kinds_of_steps(objective: Objective, steps: int) -> dict[tuple[Phase, ...], tuple[int, int]]:
    """By their phases: the first of a run's steps that has them, and how many have."""
    kinds: dict[tuple[Phase, ...], tuple[int, int]] = {}
    for step in range(steps):
        first, many = kinds.setdefault(phases := objective.phases(step), (step, 0))
        kinds[phases] = first, many + 1
    return kinds


def count(network: torch.nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())
