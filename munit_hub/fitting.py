"""Whether a folder's config and tensors are just what a model's class needs, before any is read."""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from munit_hub import __version__
from munit_hub.hub_errors import first_line

Shapes = Mapping[str, tuple[int, ...]]
_NAMED = 3  # of many tensors a sentence names so many


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a model, with the name of its class; ValueError where it is none."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        config["_class_name"]
    except OSError as error:
        raise ValueError(f"{folder} has no config.json; a model's folder is needed.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not the config of a model.") from error
    return dict(config)


def check_fit(model_class: Any, folder: Path, weights: str) -> None:
    """ValueError, which names it, where the config or a tensor is not what the class needs."""
    config = read_config(folder)
    _check_config(model_class, config, folder)
    wrong = _differences(
        _needed_shapes(model_class, config, folder), _found_shapes(folder / weights)
    )
    if wrong:
        raise ValueError(f"{folder} has weights that do not fit its config.json: {wrong}.")


def _needed_shapes(model_class: Any, config: Mapping[str, Any], folder: Path) -> Shapes:
    try:
        with torch.device("meta"):  # shapes without numbers, at no cost
            tensors = model_class.from_config(config).state_dict()
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"{folder} cannot be loaded by its config.json: {error}") from error
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _found_shapes(path: Path) -> Shapes:
    """The shapes in the head of a safetensors file."""
    try:
        with safe_open(path, "pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        damage = f"{path.name} is damaged ({first_line(error)})"
        raise ValueError(f"{path.parent} cannot be loaded: {damage}.") from error


def _check_config(model_class: Any, config: Mapping[str, Any], folder: Path) -> None:
    name, path = config["_class_name"], folder / "config.json"
    if name != model_class.__name__:
        raise ValueError(f"{path} is of a {name}, not of a {model_class.__name__}.")
    known = inspect.signature(model_class.__init__).parameters
    new = [field for field in config if not field.startswith("_") and field not in known]
    if new:
        raise ValueError(
            f"{path} has {', '.join(new)}, which a {name} of munit_hub {__version__} does not "
            "know: install the newer release that made it (pip install --upgrade munit_hub)."
        )


def _differences(needed: Shapes, found: Shapes) -> str:
    """What is missing, too much or of another shape, in words; empty where nothing is."""
    missing, extra = needed.keys() - found.keys(), found.keys() - needed.keys()
    said = [f"missing {_some(missing)}"] if missing else []
    said += [f"unknown {_some(extra)}"] if extra else []
    other = sorted(name for name in needed if found.get(name, needed[name]) != needed[name])
    if other:
        shapes = f"{found[other[0]]} for {needed[other[0]]}"
        said.append(f"of another shape {_some(other)}, the first {shapes}")
    return "; ".join(said)


def _some(names: Collection[str]) -> str:
    shown, more = ", ".join(sorted(names)[:_NAMED]), len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
