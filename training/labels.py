"""The labels of a source's pictures, and those of them that training is told."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import datasets
import numpy as np

from training.sources import SourceConfig, load_rows

UNKNOWN = -1
LABEL_SEED = 0  # fixed: runs of different seeds are told the same labels, a larger part more


class Labels(NamedTuple):
    """The class of every picture as an index (N,) int64 into the names, UNKNOWN without one."""

    indices: np.ndarray
    names: list[str]


def read_labels(source: SourceConfig, cache: Path) -> Labels:
    """The labels of the pictures in a cache, whose order they have.

    ValueError for a column that holds no labels.
    """
    rows, column = load_rows(source), source.label_column
    values = _named(rows.features[column], rows.with_format(None)[column][:])
    if values is None or not any(values):
        raise ValueError(
            f"source {source.path!r}: column {column!r} holds neither class labels nor strings."
        )
    feature, occurring = rows.features[column], set(filter(None, values))
    order = feature.names if isinstance(feature, datasets.ClassLabel) else sorted(occurring)
    names = [name for name in order if name in occurring]
    index = {name: i for i, name in enumerate(names)}
    indices = np.array([index.get(value, UNKNOWN) for value in values], np.int64)
    return Labels(np.delete(indices, _left_out(cache)), names)


def _named(feature: object, values: list) -> list[str | None] | None:
    """The name of every label, None or empty where a row has none; None for another column."""
    if isinstance(feature, datasets.ClassLabel):
        return [feature.int2str(v) if v is not None and v >= 0 else None for v in values]
    is_text = isinstance(feature, datasets.Value) and feature.dtype in ("string", "large_string")
    return values if is_text else None


def _left_out(cache: Path) -> list[int]:
    """The rows whose pictures could not be decoded: the cache has none of them."""
    report = cache.with_suffix(".bad.json")
    return [int(row) for row in json.loads(report.read_text())] if report.exists() else []


def told(labels: Labels, fraction: float) -> np.ndarray:
    """A fraction of the known labels (N,), at random but always the same; UNKNOWN elsewhere."""
    known = np.flatnonzero(labels.indices != UNKNOWN)
    count = math.ceil(fraction * len(known))
    chosen = np.random.default_rng(LABEL_SEED).permutation(known)[:count]
    indices = np.full_like(labels.indices, UNKNOWN)
    indices[chosen] = labels.indices[chosen]
    return indices


def check_labels(labels: Labels, domains: Sequence[str]) -> None:
    """ValueError where there are more classes than domains to hold them."""
    if len(labels.names) > len(domains):
        raise ValueError(
            f"the labels are of {len(labels.names)} classes, and tunit.model.num_domains is "
            f"{len(domains)}; it must be {len(labels.names)} or more."
        )
