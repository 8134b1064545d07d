"""What `benchmarks/speed.py` times, each as ours and as the textbook's: a step, a translation."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import torch
from accelerate import Accelerator
from torch import Tensor

from benchmarks.plain import textbook, without_carry
from munit_hub.pipeline import styles_at_once
from munit_hub.precision import autocast
from training.compiling import compile_networks
from training.config import DataConfig, TrainConfig
from training.loop import step_noise, to_device
from training.run import Run
from training.sources import SourceConfig
from training.step import Stepper
from training.system import build_objective

Work = Callable[[], object]


@dataclass
class Case:
    """What is measured: a system at a size in pixels, a width, a batch and a precision.

    compile: train with `--compile true`; plain stays eager.
    """

    system: str = "munit"
    size: int = 256
    width: int = 64
    batch: int = 1
    precision: str = "auto"
    compile: bool = False

    @property
    def domains(self) -> tuple[str, ...]:
        """The names of its sources; TUNIT finds its domains in one."""
        return ("a",) if self.system == "tunit" else ("a", "b")

    def config(self, plain: bool) -> TrainConfig:
        """The training configuration of the case; plain is float32."""
        sources = {name: SourceConfig("none") for name in self.domains}
        data = DataConfig(sources, self.size, self.batch, paired=self.system == "bicyclegan")
        precision = "fp32" if plain else self.precision
        config = TrainConfig("", data, 1_000_000, precision=precision, system=self.system)
        section = getattr(config, self.system)
        section.model.base_width = section.critic.base_width = self.width
        if self.system == "tunit":
            section.model.guide_width, section.clustering_steps = self.width, 0
            config.optimizer.rmsprop = ["generator", "critic"]
        return config

    def pictures(self, plain: bool, device: torch.device) -> dict[str, Tensor]:
        """A batch of random pictures of every source; plain in contiguous layout."""
        shape = (self.batch, 3, self.size, self.size)
        x = {name: torch.rand(shape) * 2 - 1 for name in self.domains}
        return {n: t.to(device) for n, t in x.items()} if plain else to_device(x, device)


def training_step(case: Case, plain: bool, accelerator: Accelerator) -> Work:
    """A function that trains one step on random pictures."""
    torch.manual_seed(0)
    config, device = case.config(plain), accelerator.device
    run = Run(build_objective(config), config, device)
    objective, context = run.objective, partial(autocast, config.precision, device)
    if plain:
        objective.to(memory_format=torch.contiguous_format)
        for name, optimizer in run.optimizers.items():
            if isinstance(optimizer, torch.optim.Adam):  # not the fused one
                network = objective.networks()[name]
                run.optimizers[name] = torch.optim.Adam(network.parameters(), 1e-4, (0.5, 0.999))
    elif case.compile:
        compile_networks(objective.model, device)
    step = Stepper(
        run, without_carry(objective) if plain else objective, config, accelerator, context
    )
    x = case.pictures(plain, device)
    return lambda: step(x, step_noise(objective, x, 0, run.step, accelerator))


def translation(case: Case, plain: bool, styles: int, accelerator: Accelerator) -> Work:
    """A function that translates one random picture in so many styles."""
    torch.manual_seed(0)
    config, device = case.config(plain), accelerator.device
    model = build_objective(config).model.to(device).eval()
    x = next(iter(case.pictures(plain, device).values()))[:1]
    if not plain:
        model.to(memory_format=torch.channels_last)
    if case.system == "tunit":
        codes = torch.randn(styles, model.style_dim)
    else:
        codes = model.sample_style(styles)
    codes, source, target = codes.to(device), 0, len(case.domains) - 1

    @torch.inference_mode()
    def translate() -> None:
        with autocast(config.precision, device):
            decode = model.translator(x, source, target)
            for chunk in codes.split(1 if plain else styles_at_once(x)):
                decode(chunk)

    return translate


def spread(ratios: list[float]) -> dict[str, float]:
    """The median of ratios, and their quartiles."""
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return {"ratio": middle, "ratio_q1": low, "ratio_q3": high}


def seconds(work: Work, device: torch.device, plain: bool) -> float:
    """The time of one call, with the textbook's layers where plain."""
    with textbook() if plain else nullcontext():
        start = perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return perf_counter() - start
