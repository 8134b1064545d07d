"""Where the pictures of a dataset come from: folders and globs, or other datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from munit_hub.bulk.cells import picture_in, rows_of
from munit_hub.bulk.inputs import find_items
from munit_hub.bulk.opening import open_rows, version_of
from munit_hub.image_processor import open_image
from munit_hub.pipeline import MAX_PIXELS

_NOWHERE = Path("/nowhere/at/all")  # no results lie among the pictures


class Found(NamedTuple):
    """A picture to be opened, and its name: its place in its source, without a suffix."""

    name: str
    open: Callable[[], Image.Image]


def pictures_of(source: str, image_column: str = "image", split: str = "train") -> Iterator[Found]:
    """The pictures of a folder, file or glob; or of a parquet file or a dataset of the Hub.

    ValueError where there are none to be had.
    """
    if not is_dataset(source):
        for item in find_items([source], _NOWHERE):
            if not item.is_clip:
                yield Found(str(item.stem), partial(open_image, item.source, MAX_PIXELS))
        return
    rows = open_rows(source, None, split, image_column, version_of(source))
    for number, row in enumerate(rows_of(rows.select_columns([image_column]))):
        yield Found(f"{source} row {number}", partial(picture_in, row, image_column))


def is_dataset(source: str) -> bool:
    """Whether a source is rows, which have no names, and not files: of parquet, or of the Hub."""
    path = Path(source)
    if path.is_dir():
        return any(path.rglob("*.parquet"))
    is_glob = any(letter in source for letter in "*?[")
    return source.endswith(".parquet") or not (path.exists() or is_glob)


def short_name(source: str) -> str:
    """What the pictures of a source are, by its last plain name."""
    plain = [part for part in Path(source).parts if not any(letter in part for letter in "*?[")]
    return Path(plain[-1]).stem if plain else "pictures"
