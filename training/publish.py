"""A trained model in the Hub's form, with its card.

`python -m training.publish RUN DESTINATION [--figures FILE] [--which best] [--title WORDS]`
takes a run's checkpoint, stores its averaged weights in half precision, and puts measured figures
in the card.
"""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from glob import glob
from pathlib import Path
from typing import Literal

import torch
from diffusers import ModelMixin
from jsonargparse import auto_cli

from munit_hub.model_card import write_model_card
from training.best import best_checkpoint
from training.checkpoint import find_checkpoint, load_checkpoint
from training.command_line import RESOLVED, parse_config
from training.config import TrainConfig
from training.found_domains import measure_found_domains
from training.pictures import open_source
from training.provenance import counted, read_starts
from training.run import Run
from training.sources import SourceConfig
from training.system import build_objective

VGG = "vgg16"  # where the perceptual loss's weights lie: of this machine, as sources' paths are


def publish(
    model: ModelMixin,
    directory: Path,
    config: TrainConfig,
    step: int,
    run: Path,
    figures: dict[str, str] | None = None,
) -> None:
    """Write a model and its card; `run`: its output_dir, `figures`: measured values by name."""
    model.save_pretrained(directory)
    facts = {
        **{f"Domain {name}": describe(source) for name, source in config.data.sources.items()},
        "Steps": str(step),
        "Batch": f"{config.data.batch_size} pictures of each domain",
        "Resolution": f"{config.data.resolution} pixels",
        "Learning rate": f"{config.optimizer.learning_rate:g} ({config.optimizer.schedule})",
        "Moving average": f"{config.ema_decay:g}",
        "Precision": config.precision,
        "Seed": str(config.seed),
        **settings(config),
        **origin(run),
    }
    write_model_card(
        directory,
        title=config.card.title,
        license=config.card.license,
        facts=facts,
        figures=figures or {},
        attribution=config.card.attribution,
        picture=max((run / "samples").glob("*.png"), default=None),  # the newest
    )


def settings(config: TrainConfig) -> dict[str, str]:
    """What the system and the optimizers were configured with, a row a section; no local paths."""
    section = asdict(getattr(config, config.system))
    rows = {config.system: {k: v for k, v in section.items() if not isinstance(v, dict)}}
    rows |= {f"{config.system}.{k}": v for k, v in section.items() if isinstance(v, dict)}
    rows["optimizer"] = asdict(config.optimizer)
    return {
        name: ", ".join(f"{k} {v}" for k, v in row.items() if v not in (None, {}, []) and k != VGG)
        for name, row in rows.items()
    }


def origin(run: Path) -> dict[str, str]:
    """Pictures, commit, versions and machine of a run's latest start, as far as recorded."""
    starts = read_starts(run)
    if not starts:
        return {}
    start = starts[-1]
    pictures = (f"{counted(told['pictures'])} of {name}" for name, told in start["data"].items())
    hashes = (f"{told['fingerprint']} of {name}" for name, told in start["data"].items())
    return {
        "Pictures": ", ".join(pictures),
        "Fingerprints": ", ".join(hashes),
        "Versions": ", ".join(f"{name} {number}" for name, number in start["versions"].items()),
        "Commit": start["commit"] or "unknown",
        "Machine": start["machine"],
    }


def describe(source: SourceConfig) -> str:
    """What a source's pictures are, in a line without the folders of this machine."""
    local = Path(source.path).exists() or bool(glob(source.path))
    said = [Path(source.path).name if local else source.path]
    said += [f"split {source.split}"] if not local or Path(source.path).is_dir() else []
    said += [f"part {source.part}"] if source.part else []
    said += [f"told {source.label_fraction:.0%} of its labels"] if source.label_fraction else []
    said += [f"{column}: {', '.join(values)}" for column, values in (source.where or {}).items()]
    return ", ".join(said) + (", as edges" if source.edges else "")


def main(
    run: Path,
    destination: Path,
    figures: Path | None = None,
    which: Literal["latest", "best"] = "latest",
    title: str | None = None,
) -> None:
    """Publish the averaged weights of a run's checkpoint in half precision.

    Args:
        run: a training run's output_dir
        destination: the folder for config.json, weights and card
        figures: a JSON object of what was measured, a value by its name
        which: the checkpoint: the newest, or the best by log.best_metric
        title: of the card, instead of the run's card.title
    """
    config = parse_config(["--config", str(run / RESOLVED)])
    config.card.title = title or config.card.title
    if which == "best":
        checkpoint = best_checkpoint(run, config.log.best_metric)
    elif (checkpoint := find_checkpoint(run, "latest")) is None:
        raise ValueError(f"{run} holds no checkpoint.")
    networks = copy.deepcopy(config)
    networks.munit.weights.perceptual = 0.0  # whose VGG16 only training needs
    trained = Run(build_objective(networks), config, torch.device("cpu"))
    trained.load_state(load_checkpoint(checkpoint))
    measured = json.loads(figures.read_text()) if figures else {}
    sources = [
        open_source(source, domain, config.data.resolution, config.data.cache_dir)
        for domain, source in config.data.sources.items()
        if trained.objective.model.domain_in_style  # of which alone the pictures are needed
    ]
    with trained.averaged() as model:
        measure_found_domains(model, sources)
        named = {name.replace("_", " "): str(value) for name, value in measured.items()}
        publish(model.half(), destination, config, trained.step, run, named)


if __name__ == "__main__":
    auto_cli(main, as_positional=True)
