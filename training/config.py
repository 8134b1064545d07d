"""The configuration tree of a training run: dataclasses, filled from YAML and from flags."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Literal

from training.objectives.bicyclegan import BicycleGanConfig
from training.objectives.cyclegan import CycleGanConfig
from training.objectives.munit import MunitConfig
from training.objectives.tunit import TunitConfig
from training.objectives.unit import UnitConfig
from training.sources import SourceConfig

Schedule = Literal[
    "constant",
    "constant_with_warmup",
    "linear",
    "linear_second_half",
    "cosine",
    "cosine_with_restarts",
    "polynomial",
    "piecewise_constant",
]
WITHOUT_WARMUP = ("constant", "linear_second_half", "piecewise_constant")


@dataclass
class DataConfig:
    """What to train on: one source for each domain, under the domain's name; of tunit just one."""

    sources: dict[str, SourceConfig]
    resolution: int = 256
    batch_size: int = 1  # images of each domain in a step, over all processes
    flip: bool = True  # mirror half of the images; not for letters or X-rays
    paired: bool = False  # picture i of one source belongs to picture i of the other
    cache_dir: str = ".cache/images"

    def __post_init__(self) -> None:
        """What the fields demand of each other."""
        if self.paired and any(source.streaming for source in self.sources.values()):
            raise ValueError("streaming must be false with data.paired: pairs go by their numbers.")


@dataclass
class OptimizerConfig:
    """Adam or RMSprop for every network, and how its learning rate changes over the run."""

    learning_rate: float = 1e-4
    # Networks whose rate is another one, by name: {critics: 6e-4}.
    learning_rates: dict[str, float] = field(default_factory=dict)
    beta1: float = 0.5
    beta2: float = 0.999
    weight_decay: float = 1e-4
    weight_decays: dict[str, float] = field(default_factory=dict)  # likewise
    rmsprop: list[str] = field(default_factory=list)  # networks that RMSprop trains, not Adam
    max_grad_norm: float | None = None  # each network's gradients are clipped to this norm
    # One of diffusers' schedules, piecewise_constant with rules such as
    # "1:100000,0.5:200000,0.25" (factor:until step); or linear_second_half: constant, then to
    # zero over the second half of the run.
    schedule: Schedule = "constant"
    schedule_rules: str | None = None
    warmup_steps: int = 0

    def __post_init__(self) -> None:
        """What the fields demand of each other."""
        if self.schedule == "piecewise_constant" and not self.schedule_rules:
            raise ValueError(
                "optimizer.schedule piecewise_constant needs optimizer.schedule_rules, such as "
                '"1:100000,0.5:200000,0.25" (factor:until step).'
            )
        if self.schedule_rules:
            _check_rules(self.schedule_rules)
        if self.warmup_steps < 0:
            raise ValueError(f"optimizer.warmup_steps must be 0 or more, not {self.warmup_steps}.")
        if self.warmup_steps and self.schedule in WITHOUT_WARMUP:
            raise ValueError(
                f"optimizer.schedule {self.schedule} has no warm-up: optimizer.warmup_steps must "
                f"be 0, not {self.warmup_steps} (constant_with_warmup has one)."
            )


def _check_rules(rules: str) -> None:
    """ValueError for rules of piecewise_constant that are not factors until steps that rise."""
    *until, last = rules.split(",")
    try:
        factors, steps = [float(last)], [0]
        for rule in until:
            factor, step = rule.split(":")
            factors.append(float(factor))
            steps.append(int(step))
        good = all(0 <= factor < inf for factor in factors) and all(
            one < following for one, following in pairwise(steps)
        )
    except ValueError:
        good = False
    if not good:
        raise ValueError(
            'optimizer.schedule_rules must be such as "1:100000,0.5:200000,0.25", factors of 0 or '
            f'more until steps that rise, not "{rules}".'
        )


@dataclass
class LogConfig:
    """How often things are written, in steps; 0 turns one off."""

    scalars_every: int = 20
    samples_every: int = 500
    checkpoint_every: int = 1000
    checkpoints_total_limit: int = 2
    sample_images: int = 6  # rows of the sample grid, a direction
    sample_styles: int = 4  # columns with fixed styles
    # Warns when the translations of one picture differ by less (mean of pixels in [-1, 1]).
    diversity_floor: float = 0.01
    # The averaged model on fixed pictures of the training set: Frechet distance and LPIPS.
    metrics_every: int = 0
    metric_images: int = 128  # of each domain; Frechet distances compare at one number only
    metric_weights: str = "../shared/weights/lpips_alex"  # of LPIPS: a file, folder or Hub id
    # The best checkpoints by it are kept as well: frechet, lpips, or of one target, lpips/fruit.
    best_metric: str = "frechet"
    best_total_limit: int = 1

    def __post_init__(self) -> None:
        """What can be measured and shown."""
        if self.metric_images < 2:
            raise ValueError(f"log.metric_images must be 2 or more, not {self.metric_images}.")
        for name in ("sample_images", "sample_styles"):
            if getattr(self, name) < 1:
                raise ValueError(f"log.{name} must be 1 or more, not {getattr(self, name)}.")


@dataclass
class CardConfig:
    """What the model card says that a run cannot know."""

    title: str = "A translation model"
    license: str = "other"
    attribution: str = ""


@dataclass
class TrainConfig:
    """One training run."""

    output_dir: str
    data: DataConfig
    max_steps: int
    seed: int = 0
    # auto, fp32, bf16 or fp16 (with loss scaling); auto is bf16 where the hardware has it.
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    allow_tf32: bool = False  # on a GPU: float32 multiplications with 10 bits of mantissa
    gradient_accumulation_steps: int = 1  # a step's batch is done in so many parts, to save memory
    gradient_checkpointing: bool = False  # the model's blocks are computed twice, to save memory
    compile: bool = False  # the model's networks by torch.compile; the first steps take minutes
    skip_nonfinite: int = 0  # steps with a non-finite loss or gradient to pass over in a run
    ema_decay: float = 0.999
    dry_run: bool = False  # build everything, time a few steps, write nothing
    # Where curves and sample grids go; all: those of the three that are installed.
    report_to: Literal["tensorboard", "wandb", "trackio", "all", "none"] = "tensorboard"
    cpu_threads: int | None = None  # without a GPU; None shares all cores among the processes
    push_to_hub: bool = False  # the model, at the end
    hub_model_id: str | None = None  # where to: your-name/model
    hub_private: bool = False  # if the repository is a new one
    hub_push_steps: int = 0  # and every so many steps, in the background
    # A checkpoint folder, or "latest": the newest in output_dir, from the start if there is none.
    resume_from_checkpoint: str | None = None
    allow_other_data: bool = False  # go on although the sources hold other pictures than before
    # Which of the sections below is trained.
    system: Literal["munit", "unit", "cyclegan", "bicyclegan", "tunit"] = "munit"
    munit: MunitConfig = field(default_factory=MunitConfig)
    unit: UnitConfig = field(default_factory=UnitConfig)
    cyclegan: CycleGanConfig = field(default_factory=CycleGanConfig)
    bicyclegan: BicycleGanConfig = field(default_factory=BicycleGanConfig)
    tunit: TunitConfig = field(default_factory=TunitConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    log: LogConfig = field(default_factory=LogConfig)
    card: CardConfig = field(default_factory=CardConfig)

    def __post_init__(self) -> None:
        """What the sections demand of each other."""
        if self.max_steps < 1:
            raise ValueError(f"max_steps must be 1 or more, not {self.max_steps}.")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must be in [0, 1), not {self.ema_decay}.")
        if self.push_to_hub and not self.hub_model_id:
            raise ValueError("push_to_hub needs hub_model_id, such as your-name/model.")
        if self.system == "bicyclegan" and not self.data.paired:
            raise ValueError("bicyclegan learns from pairs: set data.paired to true.")
        if self.data.paired and any(s.max_bad_images for s in self.data.sources.values()):
            raise ValueError(
                "max_bad_images must be 0 with data.paired: a gap would part the pairs."
            )
        if self.system == "tunit" and self.data.paired:
            raise ValueError("tunit learns from one source: set data.paired to false.")
        if self.system == "tunit" and any(s.streaming for s in self.data.sources.values()):
            raise ValueError(
                "tunit looks at all of its pictures again at the end: its source must not stream."
            )
        if self.system != "tunit" and any(s.label_fraction for s in self.data.sources.values()):
            raise ValueError("label_fraction is for tunit; no other system learns from labels.")
        parts = self.gradient_accumulation_steps
        if self.system == "tunit" and parts > 1:
            raise ValueError(
                "tunit takes its statistics over the whole batch: gradient_accumulation_steps "
                f"must be 1, not {parts}."
            )
        if parts < 1 or self.data.batch_size % parts:
            raise ValueError(
                f"data.batch_size must be a multiple of gradient_accumulation_steps={parts}, "
                f"not {self.data.batch_size}."
            )
        if self.system == "tunit" and self.data.batch_size < 2:
            raise ValueError(
                "tunit needs two images at least in a batch, for its statistics: "
                f"data.batch_size must be 2 or more, not {self.data.batch_size}."
            )
