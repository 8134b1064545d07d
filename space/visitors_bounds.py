"""Whether the config of a stranger's model is one that a page can afford to build."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from munit_hub.fitting import read_config

_MOST_LAYERS = 2000  # of all domains together: building more takes a page's time
_LONGEST_NAME = 60  # characters


def check_config(folder: Path) -> None:
    """ValueError where a config has more layers or other names than a page can show.

    A config of a few bytes can ask for millions of layers, and only afterwards would be found
    not to fit its tensors.
    """
    config = read_config(folder)
    names = config.get("domain_names") or []
    if not isinstance(names, list) or not all(_is_name(name) for name in names):
        raise ValueError(
            f"{folder} has other domain_names than texts of up to {_LONGEST_NAME} characters."
        )
    if max(len(names), 1) * _layers(config) > _MOST_LAYERS:
        raise ValueError(f"{folder} has more than {_MOST_LAYERS:,} layers, too many for this page.")
    size = config.get("sample_size")
    if size is not None and (type(size) is not int or size < 1):
        raise ValueError(f"{folder} has the sample_size {size!r}; a number of pixels is needed.")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME


def _layers(config: Mapping[str, Any]) -> int:
    depths = (config.get("num_residual_blocks"), config.get("num_downsamples"))
    return 10 + sum(depth for depth in depths if type(depth) is int)
