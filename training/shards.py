"""The shards of a source that is read as it comes: their rows, and the pictures in them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import datasets
import numpy as np

from munit_hub.files import written_beside
from training.cache import fitted
from training.opening import open_stream
from training.sources import SourceConfig, no_column, no_label

logger = logging.getLogger(__name__)


class Shards:
    """A source's pictures, shard by shard and row by row, at a resolution in pixels.

    ValueError for an unreadable path, a missing column, an unknown class.
    """

    def __init__(
        self, source: SourceConfig, domain: str, resolution: int, cache_dir: str | Path, rank: int
    ):
        rows, origin = open_stream(source.path, source.name, source.split)
        known = json.dumps([_chosen(source), resolution, origin], sort_keys=True, default=str)
        self.fingerprint = hashlib.sha256(known.encode()).hexdigest()[:24]
        self.source, self.resolution = source, resolution
        self.rows = _checked(rows, source)
        self.count = self.rows.num_shards
        # Kept over runs, so that a picture counts once however often it comes along. Nobody else
        # writes it: another domain may have the same source. (A domain's name may hold a slash.)
        name = f"{self.fingerprint}-{quote(domain, safe='')}-{rank}.bad.json"
        self.report = Path(cache_dir) / name
        self.bad = json.loads(self.report.read_text()) if self.report.exists() else {}

    def pictures(
        self, shard: int, start: int = 0, every: int = 1, offset: int = 0
    ) -> Iterator[tuple[int, np.ndarray]]:
        """The pictures of a shard from row `start` on, as in the cache, with their rows' numbers.

        Of the rows whose number is `offset` modulo `every`. ValueError once more pictures than
        `max_bad_images` cannot be decoded, OSError where a shard cannot be read.
        """
        for row, example in self._rows(shard, start):
            if row % every == offset and self._matches(example):
                picture = self._decoded(example, f"row {row} of shard {shard}")
                if picture is not None:
                    yield row, picture

    def first(self, count: int) -> list[np.ndarray]:
        """The first pictures of all, at most so many."""
        every = (picture for shard in range(self.count) for _, picture in self.pictures(shard))
        return list(islice(every, count)) or self.nothing()

    def nothing(self) -> NoReturn:
        """ValueError, where a process finds no picture."""
        source = self.source
        raise ValueError(
            f"source {source.path!r} has no pictures left (split {source.split!r}, where "
            f"{source.where}); every process needs one at least."
        )

    def _rows(self, shard: int, start: int) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            rows = self.rows.shard(self.count, shard)
            yield from islice(enumerate(rows), start, None)
        except Exception as error:  # of the network, the archive or the table
            raise OSError(
                f"source {self.source.path!r}: shard {shard} of {self.count} cannot be read: "
                f"{error or type(error).__name__}"
            ) from error

    def _matches(self, example: dict[str, Any]) -> bool:
        for column, allowed in (self.source.where or {}).items():
            value, feature = example[column], self.rows.features[column]
            if isinstance(feature, datasets.ClassLabel):
                value = feature.int2str(value) if value is not None and value >= 0 else ""
            if str(value) not in allowed:
                return False
        return True

    def _decoded(self, example: dict[str, Any], place: str) -> np.ndarray | None:
        """A picture as the cache has it; None, and written down, where it cannot be decoded."""
        stored = example[self.source.image_column]
        try:
            picture = datasets.Image().decode_example(stored)
            picture.load()
            return fitted(picture, self.source, self.resolution)
        except Exception as error:
            name = f"{stored['path']}, {place}" if stored and stored["path"] else place
            self._leave_out(name, str(error))
            return None

    def _leave_out(self, name: str, reason: str) -> None:
        path, tolerated = self.source.path, self.source.max_bad_images
        if len({*self.bad, name}) > tolerated:
            raise ValueError(
                f"source {path!r}: a picture ({name}) cannot be read: {reason} "
                f"(max_bad_images: {tolerated})"
            )
        if name in self.bad:  # in an epoch before
            return
        self.bad[name] = reason
        with written_beside(self.report) as unfinished:
            unfinished.write_text(json.dumps(self.bad, indent=2) + "\n")
        logger.warning("%s: a picture is left out (%s), see %s.", path, name, self.report)


def _chosen(source: SourceConfig) -> dict[str, Any]:
    """What decides which pictures come, and in what order of rows."""
    names = ("path", "name", "split", "image_column", "where", "channels", "window")
    return {name: getattr(source, name) for name in names}


def _checked(rows: datasets.IterableDataset, source: SourceConfig) -> datasets.IterableDataset:
    """The columns that are needed, the pictures among them as they are stored."""
    column, where, features = source.image_column, source.where or {}, rows.features
    for needed in (column, *where):
        if needed not in features:
            raise ValueError(no_column(source, needed, list(features)))
    if not _may_be_pictures(features[column]):
        raise ValueError(f"source {source.path!r}: column {column!r} holds no pictures.")
    for name, allowed in where.items():
        if isinstance(features[name], datasets.ClassLabel):
            known = features[name].names
            for unknown in sorted(set(allowed) - set(known)):
                raise ValueError(no_label(source, name, unknown, known))
    return rows.select_columns([column, *where]).cast_column(column, datasets.Image(decode=False))


def _may_be_pictures(feature: Any) -> bool:
    """Whether a column may hold pictures: as such, as their bytes, or as paths."""
    if isinstance(feature, dict):
        return bool({"bytes", "path"} & set(feature))
    return isinstance(feature, datasets.Image) or getattr(feature, "dtype", "").endswith(
        ("string", "binary")
    )
