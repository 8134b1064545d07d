"""The only training loop: a batch, its noise, a step; until the last, or until told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from munit_hub.precision import autocast
from training.checkpoint import load_checkpoint, save_debug
from training.compiling import compile_networks, told_of_compiler
from training.config import TrainConfig
from training.data import TrainingData
from training.objectives.phases import BatchShape, Objective
from training.objectives.together import of_all_processes
from training.recompute import recompute_blocks
from training.recorder import Recorder
from training.run import Run
from training.step import NonFiniteError, Stepper, Tensors, anyone, split
from training.watch import one_colour

Step = Callable[[Tensors, Tensors], Tensors]


@contextmanager
def stop_requests() -> Iterator[list[int]]:
    """Collects SIGINT and SIGTERM instead of dying, so that the step in hand is finished."""
    received: list[int] = []
    kept = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield received
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def step_noise(
    objective: Objective, x: Tensors, seed: int, step: int, accelerator: Accelerator
) -> Tensors:
    """This process's noise of a step: a function of seed and step, so nothing is saved to resume.

    Drawn for the whole batch of all processes, so that their number changes nothing.
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    count, _, height, width = next(iter(x.values())).shape
    shape = BatchShape(count * accelerator.num_processes, height, width)
    noise = split(objective.draw_noise(shape, generator), accelerator.num_processes)
    return to_device(noise[accelerator.process_index], accelerator.device)


def train(
    run: Run,
    train_step: Step,
    data: TrainingData,
    recorder: Recorder,
    config: TrainConfig,
    accelerator: Accelerator,
) -> bool:
    """Train up to `max_steps`; whether it got there (False: interrupted).

    ValueError where pictures cannot be read; what was learned until then is saved.
    """
    unreadable: list[Exception] = []
    with stop_requests() as stops:  # another one must not end what is being saved either
        with closing(data.prefetch(run.step, stops)) as batches, recorder:
            while run.step < config.max_steps:
                batch = next_batch(batches, unreadable)
                # All leave at the same step: who went on alone would wait for ever.
                if anyone(bool(stops) or batch is None, accelerator):
                    break
                x = to_device(batch, accelerator.device)
                z = step_noise(run.objective, x, config.seed, run.step, accelerator)
                recorder.after_step(debugged_step(run, train_step, x, z, config, accelerator))
        recorder.checkpoint()
    check_readable(unreadable, run.step)
    return run.step >= config.max_steps


def next_batch(batches: Iterator[Tensors], unreadable: list[Exception]) -> Tensors | None:
    """The next batch; None where it was stopped while it waited, or adds to `unreadable`."""
    try:
        return next(batches, None)
    except (ValueError, OSError) as error:  # a shard, the network, too many broken pictures
        unreadable.append(error)
        return None


def check_readable(unreadable: list[Exception], step: int) -> None:
    """ValueError, the same in all processes, where one of them could not read its pictures."""
    if told := gather_object([str(error) for error in unreadable]):
        said = told[0].rstrip(".")
        raise ValueError(
            f"{said}. Saved at step {step}: go on with --resume_from_checkpoint latest."
        )


def debugged_step(
    run: Run,
    train_step: Step,
    x: Tensors,
    z: Tensors,
    config: TrainConfig,
    accelerator: Accelerator,
) -> Tensors:
    """A step's terms; NonFiniteError, which says where the state and the batch were left."""
    try:
        return train_step(x, z)
    except NonFiniteError as error:
        x, z = ({n: of_all_processes(t) for n, t in of.items()} for of in (x, z))
        said = f"{error}{one_colour(x)}"
        if accelerator.is_main_process:
            said = f"{said} {left_to_look_at(run, x, z, Path(config.output_dir))}"
        accelerator.wait_for_everyone()  # once one has left, the launcher ends all
        raise NonFiniteError(said) from None


def left_to_look_at(run: Run, x: Tensors, z: Tensors, output_dir: Path) -> str:
    """Where the state and the batch that failed are written, or why they cannot be."""
    try:
        return f"Look at {save_debug(output_dir, run.step, run.state(), x=x, z=z)}."
    except OSError as error:  # a full disk must not hide what failed
        return str(error)


def prepare(
    objective: Objective,
    data: TrainingData,
    config: TrainConfig,
    accelerator: Accelerator,
    checkpoint: Path | None = None,
) -> tuple[Run, Step]:
    """A run at step 0 or at a checkpoint, on its device, and what trains it by a batch a call."""
    if config.gradient_checkpointing:
        recompute_blocks(objective.model)
    if config.compile:
        compile_networks(objective.model, accelerator.device)
    run = Run(objective, config, accelerator.device)
    if checkpoint is not None:
        state = load_checkpoint(checkpoint)
        run.load_state(state)
        data.resume(run.step, state.get("streams", []))
    context = partial(autocast, config.precision, accelerator.device)
    step = Stepper(run, accelerator.prepare(run.objective), config, accelerator, context)
    return run, told_of_compiler(step) if config.compile else step


def to_device(tensors: Tensors, device: torch.device) -> Tensors:
    """Tensors on the device, images channels last: the layout convolutions are fastest in."""
    return {
        name: tensor.to(
            device,
            non_blocking=True,
            memory_format=torch.channels_last if tensor.ndim == 4 else torch.preserve_format,
        )
        for name, tensor in tensors.items()
    }
