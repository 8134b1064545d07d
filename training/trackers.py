"""Where a run's curves and pictures go: TensorBoard, Weights & Biases, trackio, or nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from accelerate import Accelerator
from accelerate.tracking import (
    GeneralTracker,
    TensorBoardTracker,
    TrackioTracker,
    WandBTracker,
)
from PIL import Image

from munit_hub.hub_errors import first_line
from training.config import TrainConfig

PROJECT = "munit_hub"  # the name at Weights & Biases and in trackio


def chosen_trackers(config: TrainConfig) -> list[GeneralTracker]:
    """The trackers that `report_to` names, not started yet; of `all` those that are installed.

    ValueError where the one that is named is not installed.
    """
    makers: dict[str, Callable[[], GeneralTracker]] = {
        "tensorboard": lambda: TensorBoardTracker("tensorboard", config.output_dir),
        "wandb": lambda: WandBTracker(PROJECT, dir=config.output_dir, **_described(config)),
        "trackio": lambda: TrackioTracker(PROJECT, embed=False, **_described(config)),
    }
    if config.report_to == "all":
        return [make() for name, make in makers.items() if find_spec(name)]
    if config.report_to == "none":
        return []
    if not find_spec(config.report_to):
        raise ValueError(
            f"report_to: {config.report_to} is not installed; run `pip install "
            f"{config.report_to}`, or choose another of {', '.join(makers)}, all, none."
        )
    return [makers[config.report_to]()]


def start_trackers(accelerator: Accelerator) -> None:
    """Start every tracker of the accelerator; ValueError where one cannot, with what it says."""
    try:
        accelerator.init_trackers(PROJECT)
    except Exception as error:  # each library raises kinds of its own
        raise ValueError(
            f"report_to: a tracker does not start ({first_line(error)}); log in (`wandb login`), "
            "set WANDB_MODE=offline, or choose --report_to tensorboard."
        ) from error


def log_picture(accelerator: Accelerator, name: str, picture: Image.Image, step: int) -> None:
    """Show one picture in every tracker, each of which takes it in a way of its own."""
    for tracker in accelerator.trackers:
        if tracker.name == "tensorboard":
            pixels = np.asarray(picture)[None]
            tracker.log_images({name: pixels}, step=step, dataformats="NHWC")
        elif tracker.name == "wandb":
            tracker.log_images({name: [picture]}, step=step)
        else:
            import trackio  # optional, and chosen here

            tracker.log({name: trackio.Image(picture)}, step=step)


def _described(config: TrainConfig) -> dict[str, object]:
    """What a run is called and was configured with; every start of it is an entry of its own."""
    return {"group": Path(config.output_dir).resolve().name, "config": asdict(config)}
