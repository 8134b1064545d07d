"""A run's configuration from the command line and YAML, and back into YAML."""

from __future__ import annotations

from pathlib import Path

from jsonargparse import ArgumentParser, Namespace

from training.config import TrainConfig

RESOLVED = "train.yaml"  # in output_dir: `--config OUTPUT_DIR/train.yaml` repeats the run


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="train.py",
        description="Train a model: accelerate launch training/train.py --config "
        "training/configs/NAME.yaml [--field value ...]",
    )
    parser.add_argument("--config", action="config", help="a YAML file; flags override it")
    parser.add_class_arguments(TrainConfig)
    return parser


def parse_config(arguments: list[str] | None = None) -> TrainConfig:
    """The run that the command line describes; unknown keys and wrong types exit with 2."""
    parser = _parser()
    given = parser.instantiate(parser.parse_args(arguments))
    del given["config"]
    return TrainConfig(**vars(given))


def save_config(arguments: list[str] | None, directory: Path) -> None:
    """Write the resolved configuration of a command line to `directory`/train.yaml."""
    parser = _parser()
    given: Namespace = parser.parse_args(arguments)
    directory.mkdir(parents=True, exist_ok=True)
    parser.save(given, directory / RESOLVED, overwrite=True, skip_none=False)
