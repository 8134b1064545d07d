"""One domain's pictures: where they come from, and which of them."""

from __future__ import annotations

from dataclasses import dataclass

import datasets
import numpy as np

from training.opening import open_table

SPLIT_SEED = 0  # fixed: two sources that name two parts must agree on the shuffle


@dataclass
class EdgeConfig:
    """Edges as a view of photographs, and how they vary while training.

    low, high, blur: see `munit_hub.edges.draw_edges`.
    vary: both thresholds are multiplied by a random factor in [1 / vary, vary]; 1 is none.
    max_line_width: lines are widened to a random 1..max_line_width pixels.
    """

    low: float = 40.0
    high: float = 100.0
    blur: int = 5
    vary: float = 1.0
    max_line_width: int = 1

    def __post_init__(self) -> None:
        """What can be drawn: told here, before a picture is read."""
        if not 0 < self.low <= self.high:
            raise ValueError(f"edges need 0 < low <= high, not low={self.low}, high={self.high}.")
        if self.blur < 1 or self.blur % 2 == 0:
            raise ValueError(f"edges.blur must be odd and 1 or more, not {self.blur}.")
        for field in ("vary", "max_line_width"):
            if not getattr(self, field) >= 1:
                raise ValueError(f"edges.{field} must be 1 or more, not {getattr(self, field)}.")


@dataclass
class SourceConfig:
    """The pictures of one domain.

    path: local parquet or WebDataset (.tar) files, one or a glob; a local folder of pictures or of
        such files; or else a Hub dataset id.
    name: the dataset's configuration, where it has several. split: its split.
    where: {column: [allowed values]}; of a class label column, the names of the classes.
    part: "0/2" or "1/2" (and so on): one of the disjoint parts of a fixed shuffle.
    edges: draw the edges of the pictures instead of the pictures themselves.
    channels: 3, or 1 for grey, which keeps the 16 bits of a picture that has them.
    window: [low, high], the grey values that become black and white, in the pictures' own numbers
        (0..255, 0..65535); what lies outside is clipped. Needs channels: 1.
    max_bad_images: so many that cannot be decoded are left out and named in a file; one more is
        an error.
    label_column: class labels or strings, an empty one where a picture has none; tunit's report
        compares its domains with them.
    label_fraction: tunit is told so much of them, chosen at random but always the same: 0 none, 1
        all.
    streaming: pictures are read as they come, at every epoch anew, and no cache is built of them:
        for data larger than the disk. Then max_bad_images counts those of each process.
    shuffle_buffer: so many pictures of a stream are mixed with each other; twice as many, at the
        training resolution, are in memory.
    """

    path: str
    name: str | None = None
    split: str = "train"
    image_column: str = "image"
    where: dict[str, list[str]] | None = None
    part: str | None = None
    edges: EdgeConfig | None = None
    channels: int = 3
    window: list[float] | None = None
    max_bad_images: int = 0
    label_column: str | None = None
    label_fraction: float = 0.0
    streaming: bool = False
    shuffle_buffer: int = 1000

    def __post_init__(self) -> None:
        """What the fields demand of each other."""
        if not 0 <= self.label_fraction <= 1:
            raise ValueError(f"label_fraction must be in [0, 1], not {self.label_fraction}.")
        if self.label_fraction and self.label_column is None:
            raise ValueError(f"label_fraction {self.label_fraction} needs a label_column.")
        if self.window is not None:
            self._check_window(self.window)
        if self.streaming:
            self._check_stream()

    def _check_window(self, window: list[float]) -> None:
        if self.channels != 1 or len(window) != 2 or not window[0] < window[1]:
            raise ValueError(
                f"window must be [low, high] of a source with channels: 1, got {window} "
                f"with channels: {self.channels}."
            )

    def _check_stream(self) -> None:
        for field in ("part", "label_column"):
            if getattr(self, field) is not None:
                raise ValueError(
                    f"source {self.path!r}: {field} needs all pictures counted beforehand; it must "
                    "be null with streaming: true (allowed: where)."
                )
        if self.shuffle_buffer < 1:
            raise ValueError(f"shuffle_buffer must be 1 or more, not {self.shuffle_buffer}.")


def load_rows(source: SourceConfig) -> datasets.Dataset:
    """The rows of a source after `where` and `part`, with a decoded image column.

    ValueError for an unreadable path, a missing column, an unknown label, no pictures.
    """
    rows = open_table(source.path, source.name, source.split)
    for needed in filter(None, (source.image_column, source.label_column)):
        if needed not in rows.column_names:
            raise ValueError(no_column(source, needed, rows.column_names))
    chosen = np.arange(len(rows))
    for column, allowed in (source.where or {}).items():
        chosen = chosen[np.isin(chosen, _matching(source, rows, column, allowed))]
    if source.part is not None:
        chosen = _take_part(chosen, source.part)
    if len(chosen) == 0:
        raise ValueError(f"source {source.path!r} has no pictures left ({_described(source)}).")
    rows = rows.select(chosen)
    if not isinstance(rows.features[source.image_column], datasets.Image):
        rows = _as_images(rows, source)
    return rows


def _matching(
    source: SourceConfig, rows: datasets.Dataset, column: str, allowed: list[str]
) -> np.ndarray:
    if column not in rows.column_names:
        raise ValueError(no_column(source, column, rows.column_names))
    feature, values = rows.features[column], rows.with_format(None)[column][:]
    if isinstance(feature, datasets.ClassLabel):
        values = [feature.int2str(v) if v is not None and v >= 0 else "" for v in values]
    values = np.array([str(v) for v in values])
    unknown = sorted(set(allowed) - set(values))
    if unknown:
        raise ValueError(no_label(source, column, unknown[0], sorted(set(values))))
    return np.flatnonzero(np.isin(values, allowed))


def _take_part(chosen: np.ndarray, part: str) -> np.ndarray:
    index, _, count = part.partition("/")
    if not (index.isdecimal() and count.isdecimal() and int(index) < int(count)):
        raise ValueError(f'part must be like "0/2" or "1/2" (index/count), got {part!r}.')
    shuffled = np.random.default_rng(SPLIT_SEED).permutation(chosen)
    return np.sort(np.array_split(shuffled, int(count))[int(index)])


def _as_images(rows: datasets.Dataset, source: SourceConfig) -> datasets.Dataset:
    try:
        rows = rows.cast_column(source.image_column, datasets.Image())
        rows[0]
        return rows
    except Exception as error:
        raise ValueError(
            f"source {source.path!r}: column {source.image_column!r} holds no pictures."
        ) from error


def no_column(source: SourceConfig, column: str, columns: list[str]) -> str:
    """The sentence for a column that is not there."""
    return f"source {source.path!r} has no column {column!r}; it has {', '.join(columns)}."


def no_label(source: SourceConfig, column: str, label: str, known: list[str]) -> str:
    """The sentence for a label that a column does not have."""
    shown = ", ".join(known[:50])
    return f"source {source.path!r}: column {column!r} has no {label!r}; it has {shown}."


def _described(source: SourceConfig) -> str:
    return f"split {source.split!r}, where {source.where}, part {source.part}"
