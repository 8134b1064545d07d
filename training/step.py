"""One training step: every phase's forward, backward and update, guarded against non-finite."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor, nn

from training.config import TrainConfig
from training.objectives.phases import Phase
from training.run import Run, resume_schedule

Tensors = dict[str, Tensor]
Autocast = Callable[[], AbstractContextManager]

logger = logging.getLogger(__name__)


class NonFiniteError(ArithmeticError):
    """A loss or a gradient is infinite or not a number, in a phase that changed no weights."""


class Stepper:
    """Trains a run by one batch a call.

    The batch is done in `gradient_accumulation_steps` equal parts whose gradients add up, so that
    less memory is needed for the same step. A phase with a non-finite loss or gradient changes no
    weights and ends its step: `skip_nonfinite` such steps are passed over in a run, with the
    buffers (queues, pools, batch statistics) from before them; the next raises NonFiniteError.
    """

    def __init__(
        self,
        run: Run,
        wrapped: nn.Module,
        config: TrainConfig,
        accelerator: Accelerator,
        autocast: Autocast,
    ):
        self.run, self.wrapped, self.autocast = run, wrapped, autocast
        self.accelerator = accelerator
        self.parts = config.gradient_accumulation_steps
        self.max_norm = config.optimizer.max_grad_norm or math.inf
        self.tolerated = config.skip_nonfinite

    def __call__(self, x: Tensors, z: Tensors) -> Tensors:
        """One pass over all phases on a batch x with noise z; returns the detached terms."""
        run = self.run
        terms: Tensors = {}
        parts = list(zip(split(x, self.parts), split(z, self.parts), strict=True))
        carries: list[Tensors] = [{} for _ in parts]
        buffers = copy.deepcopy(dict(run.objective.named_buffers())) if self.tolerated else {}
        for phase in run.objective.phases(run.step):
            for name, network in run.objective.networks().items():
                network.requires_grad_(name in phase.networks)
            losses = self._backward(phase, parts, carries)
            norms = self._gradient_norms(phase)
            if problem := self._non_finite(losses, norms):
                self._skip(problem)
                for name, buffer in run.objective.named_buffers():
                    buffer.copy_(buffers[name])
            else:
                for name in phase.networks:
                    run.scaler.step(run.optimizers[name])
                terms |= losses | norms
            self._end_phase(phase)
            if problem:
                break
        self._finish()
        return terms

    def _backward(
        self, phase: Phase, parts: list[tuple[Tensors, Tensors]], carries: list[Tensors]
    ) -> Tensors:
        """Adds up the gradients of all parts; the terms' means, and changes `carries`."""
        sums: Tensors = {}
        for index, (x, z) in enumerate(parts):
            with self.autocast():
                loss, named, carries[index] = self.wrapped(phase.name, x, z, carries[index])
            self.run.scaler.scale(loss / len(parts)).backward()
            for name, term in named.items():
                sums[name] = sums.get(name, 0) + term.detach() / len(parts)
        return sums

    def _gradient_norms(self, phase: Phase) -> Tensors:
        """Clips each network's gradients; their norms before that, as `grad_norm/NAME`."""
        norms = {}
        for name in phase.networks:
            self.run.scaler.unscale_(self.run.optimizers[name])
            parameters = self.run.objective.networks()[name].parameters()
            norms[f"grad_norm/{name}"] = nn.utils.clip_grad_norm_(parameters, self.max_norm)
        return norms

    def _non_finite(self, losses: Tensors, norms: Tensors) -> str | None:
        """The first term or gradient norm that is not finite, in any process."""
        # In fp16 gradients overflow now and then; the scaler passes over the update and scales
        # less. They are wrong only where there is nothing left to scale.
        overflows = self.run.scaler.is_enabled() and self.run.scaler.get_scale() > 1
        checked = losses if overflows else losses | norms
        finite = torch.stack([value.isfinite() for value in checked.values()])
        if not anyone(not bool(finite.all()), self.accelerator):
            return None
        bad = [name for name, good in zip(checked, finite.tolist(), strict=True) if not good]
        everywhere = gather_object(bad)
        return next(name for name in checked if name in everywhere)

    def _skip(self, problem: str) -> None:
        run, step = self.run, self.run.step
        run.skipped += 1
        if run.skipped > self.tolerated:
            raise NonFiniteError(f"{problem} is not finite in step {step}.")
        logger.warning(
            "%s is not finite in step %d, which is passed over (%d of %d tolerated).",
            problem,
            step,
            run.skipped,
            self.tolerated,
        )

    def _end_phase(self, phase: Phase) -> None:
        """Leaves no gradient to a later phase, which may train the same network again."""
        self.run.scaler.update()
        for name in phase.networks:
            self.run.optimizers[name].zero_grad(set_to_none=True)

    def _finish(self) -> None:
        run = self.run
        for schedule in run.schedules:  # not schedule.step(): in some phases a network has no step
            resume_schedule(schedule, run.step + 1)
        run.objective.requires_grad_(True)  # diffusers copies frozen weights, averages no others
        run.ema.step(run.objective.model.parameters())
        run.step += 1


def split(tensors: Tensors, parts: int) -> list[Tensors]:
    """A batch, or its noise, (B, ...) by name in `parts` equal parts of it."""
    chunks = {name: tensor.chunk(parts) for name, tensor in tensors.items()}
    return [{name: pieces[i] for name, pieces in chunks.items()} for i in range(parts)]


def anyone(here: bool, accelerator: Accelerator) -> bool:
    """Whether it is so in any process: all must stop at the same step, or one waits for ever."""
    if accelerator.num_processes == 1:
        return here
    flag = torch.tensor(float(here), device=accelerator.device)
    return accelerator.reduce(flag, "sum").item() > 0
