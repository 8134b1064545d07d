"""One parquet file of a translated dataset: written whole or not at all, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from munit_hub.bulk.cells import cell_of, picture_in, rows_of
from munit_hub.bulk.stamps import KEY
from munit_hub.bulk.work import Translator
from munit_hub.files import written_beside

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features, IterableDataset

# Rows are held until they are so many, or weigh so much: a row group, which readers take at once.
_ROWS_AT_ONCE = 100
_BYTES_AT_ONCE = 64 * 1024 * 1024


def check_shards(folder: Path, split: str, names: Sequence[str]) -> None:
    """ValueError where a folder has shards of this split that are of another number."""
    others = {path.name for path in folder.glob(f"{split}-*.parquet")} - set(names)
    if others:
        raise ValueError(
            f"{folder} holds {min(others)}, of another dataset or --max-shards; choose another "
            "--output."
        )


def is_made(path: Path, stamp: str, overwrite: bool) -> bool:
    """Whether a shard is there as it would be made; ValueError where another is in its place."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return False
    try:
        found = (pq.read_schema(path).metadata or {}).get(KEY.encode())
    except pa.ArrowInvalid:
        found = None
    if found == stamp.encode():
        return True
    if not overwrite:
        raise ValueError(f"{path} is of another command or input; --overwrite writes over it.")
    return False


def write_shard(
    rows: IterableDataset,
    path: Path,
    column: str,
    translate: Translator,
    features: Features,
    stamp: str,
) -> list[tuple[str, str]]:
    """Write the rows and the translations of their pictures; which of them failed, and why.

    A row whose picture cannot be translated is kept, with nothing in the columns that are added.
    """
    import pyarrow.parquet as pq

    failures: list[tuple[str, str]] = []
    schema = features.arrow_schema
    schema = schema.with_metadata(schema.metadata | {KEY.encode(): stamp.encode()})
    with written_beside(path) as unfinished, pq.ParquetWriter(unfinished, schema) as writer:
        made = _translated_rows(rows, f"{path.name}", column, translate, schema, failures)
        for group in _grouped(made):
            writer.write_table(group)
    return failures


def _translated_rows(
    rows: IterableDataset,
    name: str,
    column: str,
    translate: Translator,
    schema: pa.Schema,
    failures: list[tuple[str, str]],
) -> Iterator[pa.Table]:
    """Row after row, as tables of one row."""
    import pyarrow as pa
    from datasets.table import table_cast

    for number, row in enumerate(rows_of(rows)):
        cells: list[Any] = [None] * translate.num_styles
        try:
            cells = [cell_of(made) for made in translate(picture_in(row, column))]
        except (ValueError, RuntimeError, MemoryError) as error:
            failures.append((f"{name} row {number}", " ".join(str(error).split())))
        for field, cell in zip(list(schema)[-len(cells) :], cells, strict=True):
            row = row.append_column(field, pa.array([cell], field.type))
        yield table_cast(row, schema)


def _grouped(rows: Iterator[pa.Table]) -> Iterator[pa.Table]:
    import pyarrow as pa

    held: list[pa.Table] = []
    for row in rows:
        held.append(row)
        if len(held) >= _ROWS_AT_ONCE or sum(one.nbytes for one in held) >= _BYTES_AT_ONCE:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)
