"""A run's configuration from the command line and YAML, and back into YAML."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from jsonargparse import ArgumentParser, Namespace

from munit_hub.files import written_beside
from training.config import CardConfig, TrainConfig

RESOLVED = "train.yaml"  # in output_dir: `--config OUTPUT_DIR` repeats the run


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="train.py",
        usage="train.py --config FILE [--FIELD VALUE ...]",  # all fields fill a screen: --help
        description="Train a model: accelerate launch training/train.py --config "
        "training/configs/NAME.yaml [--field value ...]",
    )
    parser.add_argument(
        "--config", action="config", help="a YAML file, or a run's folder; flags override it"
    )
    parser.add_class_arguments(TrainConfig)
    return parser


def parse_config(arguments: list[str] | None = None) -> TrainConfig:
    """The run that the command line describes; unknown keys and wrong types exit with 2."""
    parser = _parser()
    given = parser.instantiate(_parsed(parser, arguments))
    del given["config"]
    return TrainConfig(**vars(given))


def _parsed(parser: ArgumentParser, arguments: list[str] | None) -> Namespace:
    words = completed(arguments)
    given: Namespace = parser.parse_args(words)
    files = [yaml.safe_load(file.read_text()) or {} for file in given.config or []]
    flags = {word.partition("=")[0].removeprefix("--card.") for word in words}
    for i, file in enumerate(files):
        own = flags.union(*(later.get("card", {}) for later in files[i + 1 :]))
        _leave_out_card_of_others(given, file, own)
    return given


def _leave_out_card_of_others(given: Namespace, file: dict[str, Any], own: set[str]) -> None:
    """A file's title, license and attribution are of its pictures: not of others, given by flags.

    What flags or later files say themselves, the fields `own`, stays.
    """
    sources = file.get("data", {}).get("sources")
    if not sources:
        return
    theirs = {name: source.get("path") for name, source in sources.items()}
    paths = {name: source.path for name, source in given.data.sources.items()}
    if paths == theirs:
        return
    for field, value in asdict(CardConfig()).items():
        if field not in own and given.card[field] == file.get("card", {}).get(field):
            given.card[field] = value


def completed(arguments: list[str] | None) -> list[str]:
    """The arguments (of the process, if None), with what jsonargparse does not fill in itself.

    `--config` with a run's folder means its train.yaml; `--dry_run` alone means true.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    joined: list[str] = []
    for argument in given:
        if joined and joined[-1] in ("--config", "--dry_run") and not argument.startswith("--"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    for i, argument in enumerate(joined):
        flag, _, value = argument.partition("=")
        if flag == "--config" and Path(value).is_dir():
            joined[i] = f"--config={Path(value) / RESOLVED}"
        elif argument == "--dry_run":
            joined[i] = "--dry_run=true"
    return joined


def save_config(arguments: list[str] | None, directory: Path) -> None:
    """Write the resolved configuration of a command line to `directory`/train.yaml."""
    parser = _parser()
    given = _parsed(parser, arguments)
    with written_beside(directory / RESOLVED) as unfinished:
        parser.save(given, unfinished, overwrite=True, skip_unset=False)
