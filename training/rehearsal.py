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
from training.objectives.phases import Objective
from training.provenance import counted
from training.watch import peak_memory

STEPS = 4  # the first is left out: it allocates and compiles


def rehearse(
    objective: Objective, data: TrainingData, config: TrainConfig, accelerator: Accelerator
) -> str:
    """A table of parameters, memory, and the time of a step and of the run; trains 4 steps."""
    run, train_step = prepare(objective, data, config, accelerator)
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        x = to_device(data.batch(run.step), accelerator.device)
        train_step(x, step_noise(objective, x, config.seed, run.step, accelerator))
        if accelerator.device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    step = statistics.median(seconds[1:])
    whole = timedelta(seconds=round(step * config.max_steps))
    rows = {
        **{f"pictures of {s.domain}": counted(s.count) for s in data.sources},
        **{f"parameters of {n}": f"{count(m):,}" for n, m in objective.networks().items()},
        "device": str(accelerator.device),
        "memory": f"{peak_memory(accelerator.device) / 2**30:.2f} GiB at most",
        "a step": f"{step:.3g} s ({config.data.batch_size / step:.1f} images/s)",
        f"{config.max_steps:,} steps": f"about {whole} of training alone",
    }
    return "\n".join(f"{name:24} {value}" for name, value in rows.items())


def count(network: torch.nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())
