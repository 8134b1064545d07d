"""A folder of pictures as a table of their paths: listed, and not one of them opened.

`datasets` resolves, looks up and hashes the files of a folder one by one at every start, which
takes a large folder many times as long as listing it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import datasets
import pyarrow as pa
from datasets.packaged_modules.imagefolder.imagefolder import ImageFolder

_PICTURES = frozenset(ImageFolder.EXTENSIONS)
# What makes a folder more than its pictures: `datasets` knows how to read it.
_TABLES = frozenset({".parquet", ".arrow", ".tar", ".zip"})
_METADATA = frozenset(ImageFolder.METADATA_FILENAMES)
# Folders that `datasets` takes for a split.
_SPLITS = {"train", "training", "validation", "valid", "dev", "val"}
_SPLITS |= {"test", "testing", "eval", "evaluation"}


class Found(NamedTuple):
    """A file: its path from the folder on, when it changed (ns), and its size in bytes."""

    path: str
    changed: int
    size: int


def list_pictures(folder: Path, split: str) -> datasets.Dataset | None:
    """The pictures below a folder in the order of their paths, and their folders as labels.

    There is a column `label` where every picture lies as deep and in more than one folder. None
    for what `datasets` has to read: metadata beside the pictures, tables, archives, other splits.
    """
    name = split.partition("[")[0]
    root = folder / name if (folder / name).is_dir() else folder
    if root == folder and (name != "train" or _has_splits(folder)):
        return None
    pictures = sorted(_files(root))
    if not pictures or any(_is_more(file.path) for file in pictures):
        return None
    rows = _table(root, pictures)
    (part,) = datasets.ReadInstruction.from_spec(split).to_absolute({name: len(rows)})
    return rows.select(range(part.from_, part.to))


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _has_splits(folder: Path) -> bool:
    return any(entry.name in _SPLITS and entry.is_dir() for entry in os.scandir(folder))


def _files(folder: Path) -> Iterator[Found]:
    """Pictures below a folder and what is more than those, but hidden ones, in any order."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(folder / below) as entries:
            for entry in entries:
                path = os.path.join(below, entry.name)
                if entry.name.startswith((".", "__")):
                    continue
                if entry.is_dir():
                    waiting.append(path)
                elif _suffix(path) in _PICTURES or _is_more(path):
                    with suppress(FileNotFoundError):  # a link to nothing
                        about = entry.stat()
                        yield Found(path, about.st_mtime_ns, about.st_size)


def _is_more(path: str) -> bool:
    return _suffix(path) in _TABLES or os.path.basename(path) in _METADATA


def _table(root: Path, pictures: list[Found]) -> datasets.Dataset:
    features = datasets.Features({"image": datasets.Image()})
    paths = pa.array([f"{root}{os.sep}{file.path}" for file in pictures], pa.string())
    columns = [features["image"].cast_storage(paths)]
    folders = [file.path.rpartition(os.sep)[0] for file in pictures]
    label = {folder: os.path.basename(folder) for folder in set(folders)}
    names = sorted(set(label.values()))
    if len(names) > 1 and len({path.count(os.sep) for path in label}) == 1 and all(label):
        features["label"] = datasets.ClassLabel(names=names)
        number = {folder: names.index(name) for folder, name in label.items()}
        columns.append(pa.array([number[folder] for folder in folders], pa.int64()))
    table = pa.table(columns, schema=features.arrow_schema)
    listed = "\n".join(f"{path} {changed} {size}" for path, changed, size in pictures)
    digest = hashlib.sha256(listed.encode()).hexdigest()
    return datasets.Dataset(
        datasets.table.InMemoryTable(table),
        info=datasets.DatasetInfo(features=features),
        fingerprint=digest[:32],
    )
