"""A dataset, here or on the Hub -> its rows as a stream, always of the same commit."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from huggingface_hub import HfApi
from huggingface_hub.errors import HFValidationError

from munit_hub.bulk.inputs import before_the_glob
from munit_hub.bulk.stamps import digest
from munit_hub.files import ends_of_file
from munit_hub.hub_errors import first_line, told_of

if TYPE_CHECKING:
    from datasets import IterableDataset


def require_datasets() -> ModuleType:
    """The library `datasets`; ValueError says how to install it."""
    try:
        import datasets
    except ImportError:
        raise ValueError('Datasets need a library: pip install "munit_hub[datasets]".') from None
    return datasets


def quiet_datasets_unless_watched() -> None:
    """No progress bars of that library where no person sees them."""
    if not sys.stderr.isatty():
        require_datasets().disable_progress_bars()


def version_of(path: str) -> str:
    """What the content of a dataset is called: its commit on the Hub; here a digest.

    The digest is of the files' names below the dataset's folder, their sizes and both their ends.
    """
    if os.path.exists(path) or glob.has_magic(path):
        root = Path(path) if os.path.isdir(path) else before_the_glob(Path(path))
        found = root.rglob("*") if os.path.isdir(path) else glob.glob(path, recursive=True)
        files = sorted(file for file in map(Path, found) if file.is_file())
        told = ((str(file.relative_to(root)), *ends_of_file(file)) for file in files)
        return digest(*told)
    with told_of(path):
        try:
            return str(HfApi().dataset_info(path).sha)
        except HFValidationError:
            raise ValueError(f"{path} is neither here nor an id of a dataset on the Hub.") from None


def open_rows(
    path: str, name: str | None, split: str, image_column: str, version: str
) -> IterableDataset:
    """The rows of a split, in parts as small as its files allow: of parquet, its row groups.

    ValueError for what cannot be read, and where there is no such column of pictures.
    """
    datasets = require_datasets()
    here = [path] if os.path.isfile(path) else sorted(glob.glob(path, recursive=True))
    try:
        if here and not os.path.isdir(path):
            rows = datasets.load_dataset(
                "parquet", data_files={split: here}, split=split, streaming=True
            )
        else:
            revision = None if os.path.isdir(path) else version
            rows = datasets.load_dataset(path, name, split=split, streaming=True, revision=revision)
        features = rows.features or rows._resolve_features().features
    except Exception as error:  # the loaders raise some twenty kinds; all mean: not readable
        raise ValueError(
            f"The dataset {path}, split {split!r}, cannot be read: {first_line(error)}"
        ) from error
    if not isinstance(features.get(image_column), datasets.Image):
        columns = ", ".join(f"{key} ({type(kind).__name__})" for key, kind in features.items())
        raise ValueError(f"{path} has no pictures in a column {image_column}; it has {columns}.")
    return rows.cast(features).reshard() if rows.features is None else rows.reshard()
