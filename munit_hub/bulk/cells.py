"""Rows of a dataset, and the pictures in their cells as the files that they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PIL import Image

from munit_hub.image_processor import FORMATS, open_image
from munit_hub.pipeline import MAX_PIXELS

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import IterableDataset


def rows_of(dataset: IterableDataset) -> Iterator[pa.Table]:
    """Row after row, as tables of one row with the bytes of every picture."""
    from datasets.table import embed_table_storage

    for row in dataset.with_format("arrow").iter(batch_size=1):
        yield embed_table_storage(row)


def picture_in(row: pa.Table, column: str) -> Image.Image:
    """The picture of a row. ValueError where there is none to be read."""
    cell = row[column][0].as_py()
    if not cell or not cell["bytes"]:
        raise ValueError("there is no picture")
    try:
        picture = Image.open(io.BytesIO(cell["bytes"]), formats=FORMATS)
    except Exception as error:  # a broken header raises nearly anything, from any decoder
        raise ValueError("the picture cannot be read") from error
    return open_image(picture, MAX_PIXELS)


def cell_of(picture: Image.Image) -> dict[str, Any]:
    """A picture as a cell of an image column: a PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}
