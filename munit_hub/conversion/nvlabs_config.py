"""The YAML config of the NVlabs code: read, and held against what a checkpoint's tensors tell."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from munit_hub.conversion.nvlabs_shapes import Told
from munit_hub.layers import ACTIVATIONS, PADDINGS, choose

logger = logging.getLogger(__name__)

Config = Mapping[str, Any]
# What no tensor shows, as the public configs have it.
_PUBLIC = {
    "gen.activ": "relu",
    "gen.pad_type": "reflect",
    "dis.activ": "lrelu",
    "dis.pad_type": "reflect",
    "dis.norm": "none",
}
NORMS = {"none": "none", "in": "instance", "ln": "layer", "bn": "batch", "sn": "spectral"}
_ALLOWED: dict[str, Iterable[str]] = {"activ": ACTIVATIONS, "pad_type": PADDINGS, "norm": NORMS}


def read_nvlabs_config(path: Path) -> dict[str, Any]:
    """The YAML config of a public MUNIT or UNIT; ValueError where it is none."""
    try:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"The config {path} does not exist.") from None
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"The config {path} cannot be read as text.") from None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise ValueError(f"The config {path} is not valid YAML{where}.") from None
    if not isinstance(config, dict) or not isinstance(config.get("gen"), dict):
        raise ValueError(
            f"{path} has no section `gen`, so it is no config of the NVlabs code; without a "
            "config the sizes are read off the tensors."
        )
    return config


def settled(config: Config, told: Mapping[str, Told], section: str) -> dict[str, Any]:
    """Every value that the networks of a section (gen, dis) need, by its key in the config.

    Tensors tell most; of the rest the config decides, or else the public configs, with a note.
    ValueError names a key whose value the tensors contradict, or that is not allowed.
    """
    for name, seen in told.items():
        given = _given(config, name)
        if given is not None and given != seen.value:
            because = seen.contradicts(given)
            raise ValueError(f"{name} is {given!r} in the config, {because}.")
    hidden = [name for name in _PUBLIC if name.startswith(section) and name not in told]
    values = {name: _chosen(config, name) for name in hidden}
    assumed = [f"{name}={values[name]}" for name in hidden if _given(config, name) is None]
    if assumed:
        logger.warning(
            "The tensors do not show %s: taken as in the public configs.", " and ".join(assumed)
        )
    return {name: seen.value for name, seen in told.items()} | values


def sample_size(config: Config) -> int | None:
    """The size in pixels of the crops that the model was trained on, None if unknown."""
    size = config.get("crop_image_height")
    if size is not None and not isinstance(size, int):
        raise ValueError(f"crop_image_height in the config must be a number, not {size!r}.")
    return size


def _chosen(config: Config, name: str) -> str:
    given = _given(config, name)
    if given is None:
        return _PUBLIC[name]
    if given == "prelu":
        raise ValueError(f"{name} is 'prelu' in the config, but the checkpoint has no PReLU.")
    if given in ("bn", "ln", "sn"):
        raise ValueError(f"{name} is {given!r} in the config, but the checkpoint has no such norm.")
    return choose(given, _ALLOWED[name.partition(".")[2]], name)


def _given(config: Config, name: str) -> Any:
    """The value at a dotted key, None where it has none."""
    section, _, key = name.rpartition(".")
    values = config.get(section) if section else config
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise ValueError(f"{section} in the config must be a section of keys, not {values!r}.")
    return values.get(key)
