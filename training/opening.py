"""Where pictures lie: files, a folder or a data set of the Hub, opened by `datasets`."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets

from munit_hub.hub_errors import first_line
from training.folders import list_pictures

MIX_SEED = 0  # fixed: a folder's shards are the same in every run and process
FOLDER_SHARD = 1000  # pictures of a folder in a shard, about
_BUILDERS = {".parquet": "parquet", ".tar": "webdataset"}


def open_table(path: str, name: str | None, split: str) -> datasets.Dataset:
    """All rows of a split, to be read in any order; ValueError for an unreadable path."""
    with _readable(path, split):
        table = _listed(path, split)
        if table is None:
            table = datasets.load_dataset(**_arguments(path, name, split), split=split)
        return table


def open_stream(path: str, name: str | None, split: str) -> tuple[datasets.IterableDataset, Any]:
    """The rows of a split as they come, in shards, and what tells its files from others.

    ValueError for an unreadable path, or one whose columns are not known before they are read.
    """
    with _readable(path, split):
        table = _listed(path, split)
        if table is not None:
            # Mixed, or a shard would be of one folder, that is of one class.
            mixed, shards = table.shuffle(seed=MIX_SEED), -(-len(table) // FOLDER_SHARD)
            return mixed.to_iterable_dataset(num_shards=shards), table._fingerprint
        builder = datasets.load_dataset_builder(**_arguments(path, name, split))
        rows = builder.as_streaming_dataset(split=split)
        if rows.features is None:
            raise ValueError("such files do not tell the types of their columns before all is read")
        files = (builder.config.data_files or {}).values()
        return rows, [[list(some), some.origin_metadata] for some in files]


def _listed(path: str, split: str) -> datasets.Dataset | None:
    return list_pictures(Path(path), split) if os.path.isdir(path) else None


def _arguments(path: str, name: str | None, split: str) -> dict[str, Any]:
    """What `datasets` is asked for; ValueError for several kinds of files."""
    files = [path] if os.path.isfile(path) else sorted(glob.glob(path))
    if os.path.isdir(path) or not files:
        return {"path": path, "name": name}
    kinds = {os.path.splitext(file)[1].lower() for file in files}
    if len(kinds) > 1 or not kinds <= set(_BUILDERS):
        raise ValueError(f"the files are {' and '.join(sorted(kinds)) or 'without an ending'}")
    return {"path": _BUILDERS[kinds.pop()], "data_files": {split.partition("[")[0]: files}}


@contextmanager
def _readable(path: str, split: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the loaders raise some twenty kinds; all mean: not readable
        here = os.path.exists(path) or glob.glob(path)
        found = "" if here else "there is no such file or folder, and on the Hub: "
        raise ValueError(
            f"cannot read source {path!r}, split {split!r} (allowed: parquet or .tar files or a "
            f"glob of them, a folder, a Hub dataset id): {found}{first_line(error)}"
        ) from error
