"""The state of a training run: what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten
from typing import Any

import torch
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from munit_hub.precision import compute_dtype
from training.config import OptimizerConfig, TrainConfig
from training.objectives.phases import Objective


class Run:
    """Everything that changes while training: networks, optimizers, averages, the step."""

    def __init__(self, objective: Objective, config: TrainConfig, device: torch.device):
        self.objective = objective.to(device, memory_format=torch.channels_last)
        self.step = 0
        self.skipped = 0  # steps passed over because something was not finite
        self.differed: set[str] = set()  # domains whose styles have told themselves apart
        for field in ("learning_rates", "weight_decays", "rmsprop"):
            unknown = set(getattr(config.optimizer, field)) - set(objective.networks())
            if unknown:
                raise ValueError(
                    f"optimizer.{field} names {sorted(unknown)[0]!r}; the networks are "
                    f"{', '.join(objective.networks())}."
                )
        self.optimizers = {
            name: build_optimizer(name, network, config.optimizer)
            for name, network in objective.networks().items()
        }
        self.schedules = [
            build_schedule(optimizer, config) for optimizer in self.optimizers.values()
        ]
        scaled = compute_dtype(config.precision, device) == torch.float16
        self.scaler = torch.amp.GradScaler(device.type, enabled=scaled)  # for all optimizers
        self.ema = EMAModel(objective.model.parameters(), decay=config.ema_decay, foreach=True)

    def state(self) -> dict[str, Any]:
        """Everything a resumed run needs; noise and data order are functions of seed and step."""
        return {
            "step": self.step,
            "skipped": self.skipped,
            "differed": sorted(self.differed),
            "scaler": self.scaler.state_dict(),
            "objective": self.objective.state_dict(),
            "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
            "ema": self.ema.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self.step, self.skipped = state["step"], state.get("skipped", 0)
        self.differed.update(state.get("differed", []))
        self.scaler.load_state_dict(state.get("scaler") or self.scaler.state_dict())
        try:
            self.objective.load_state_dict(state["objective"])
        except RuntimeError as error:
            reason = shorten(str(error).splitlines()[1], 200)  # it may be a thousand names
            raise ValueError(f"the checkpoint is of another architecture: {reason}") from None
        for name, optimizer in self.optimizers.items():
            load_optimizer(name, optimizer, state["optimizers"][name])
        for schedule in self.schedules:
            resume_schedule(schedule, self.step)
        self.ema.load_state_dict(state["ema"] | {"decay": self.ema.decay})
        self.ema.to(next(self.objective.parameters()).device)

    @contextmanager
    def averaged(self) -> Iterator[nn.Module]:
        """The model with its averaged weights, in eval mode; the trained ones come back after."""
        model = self.objective.model
        self.ema.store(model.parameters())
        self.ema.copy_to(model.parameters())
        model.eval()
        try:
            yield model
        finally:
            model.train()
            self.ema.restore(model.parameters())


def load_optimizer(name: str, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Take a saved optimizer's moments, not its settings: who resumes with others means them."""
    settings = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
    if ("betas" in state["param_groups"][0]) != ("betas" in settings[0]):
        raise ValueError(
            f"the checkpoint's {name} was trained by another optimizer; see optimizer.rmsprop."
        )
    optimizer.load_state_dict(state)
    for group, setting in zip(optimizer.param_groups, settings, strict=True):
        group.update(setting)


def build_optimizer(
    name: str, network: nn.Module, config: OptimizerConfig
) -> torch.optim.Optimizer:
    """Adam, or RMSprop where the config says so, over the parameters of a network."""
    rate = config.learning_rates.get(name, config.learning_rate)
    decay = config.weight_decays.get(name, config.weight_decay)
    parameters = network.parameters()
    if name in config.rmsprop:
        return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
    betas = (config.beta1, config.beta2)
    return torch.optim.Adam(parameters, lr=rate, betas=betas, weight_decay=decay, fused=True)


def build_schedule(optimizer: torch.optim.Optimizer, config: TrainConfig) -> LambdaLR:
    """The learning rate schedule that the config names: of diffusers, or linear_second_half."""
    chosen = config.optimizer
    if chosen.schedule == "linear_second_half":
        return LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / config.max_steps))
    return get_scheduler(
        chosen.schedule,
        optimizer,
        step_rules=chosen.schedule_rules,
        num_warmup_steps=chosen.warmup_steps,
        num_training_steps=config.max_steps,
    )


def resume_schedule(schedule: LambdaLR, step: int) -> None:
    """Set the learning rates to what the configuration says for a step.

    Not what the checkpoint held: who resumes with another rate or schedule means it.
    """
    schedule.last_epoch = step
    rates = zip(
        schedule.optimizer.param_groups, schedule.base_lrs, schedule.lr_lambdas, strict=True
    )
    for group, base, factor in rates:
        group["initial_lr"], group["lr"] = base, base * factor(step)
