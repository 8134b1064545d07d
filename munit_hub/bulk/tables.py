"""A dataset of any size -> parquet files with its rows and the translations of its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from munit_hub.bulk.card import write_translated_card
from munit_hub.bulk.opening import open_rows, version_of
from munit_hub.bulk.portions import Portion
from munit_hub.bulk.shards import check_shards, is_made, write_shard
from munit_hub.bulk.stamps import digest
from munit_hub.bulk.work import Translator

if TYPE_CHECKING:
    from datasets import Features, IterableDataset


class Table(NamedTuple):
    """A split of a dataset, its column of pictures, and how many files it becomes at most."""

    path: str
    name: str | None = None
    split: str = "train"
    image_column: str = "image"
    max_shards: int = 1000


class Shard(NamedTuple):
    """A file that is to be made of a part of the rows."""

    path: Path
    number: int
    of: int


class ShardOutcome(NamedTuple):
    """Whether a shard was made, or was there; and its pictures that could not be translated."""

    made: bool
    failures: list[tuple[str, str]]


class TableJob:
    """The translation of a table: its shards, each a matter of its own, for any process to do."""

    def __init__(self, table: Table, folder: Path, overwrite: bool = False):
        """ValueError where the dataset cannot be read, or `folder` has other shards."""
        if not re.fullmatch(r"\w+", table.split):
            raise ValueError(f"--split must be the name of a split, not {table.split!r}.")
        if table.max_shards < 1:
            raise ValueError(f"--max-shards must be at least 1, not {table.max_shards}.")
        self.table, self.folder, self.overwrite = table, folder, overwrite
        self.version = version_of(table.path)
        self.rows: IterableDataset = open_rows(
            table.path, table.name, table.split, table.image_column, self.version
        )
        count = min(self.rows.num_shards, table.max_shards)
        names = [f"{table.split}-{k:05d}-of-{count:05d}.parquet" for k in range(count)]
        self.shards = [Shard(folder / "data" / name, k, count) for k, name in enumerate(names)]
        check_shards(folder / "data", table.split, names)

    def run(self, translate: Translator, portion: Portion) -> Iterator[ShardOutcome]:
        """Make this process's shards; those that are there, of the same job, are passed over."""
        features = self._features(translate.num_styles)
        asked = (self.table.name, self.table.split, self.table.image_column, self.version)
        stamp = digest(translate.stamps(str(asked)))
        if portion.index == 0:
            self._write_card(translate)
        for shard in portion.of(self.shards):
            if is_made(shard.path, stamp, self.overwrite):
                yield ShardOutcome(False, [])
                continue
            rows = self.rows.shard(shard.of, shard.number)
            failures = write_shard(
                rows, shard.path, self.table.image_column, translate, features, stamp
            )
            yield ShardOutcome(True, failures)

    def _write_card(self, translate: Translator) -> None:
        columns = translated_columns(translate.num_styles)
        source = Path(self.table.path).name if Path(self.table.path).exists() else self.table.path
        write_translated_card(self.folder, translate.work, source, self.table.image_column, columns)

    def _features(self, num_styles: int) -> Features:
        from datasets import Features, Image

        columns = translated_columns(num_styles)
        for column in columns:
            if column in self.rows.features:
                raise ValueError(f"{self.table.path} has a column {column} already.")
        return Features(self.rows.features | {column: Image() for column in columns})


def translated_columns(num_styles: int) -> list[str]:
    """The columns that are added, one a style."""
    return [f"translated_{number + 1}" for number in range(num_styles)]
