"""Pictures decoded and resized once, in a memory-mapped file that every epoch reads."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import fields
from pathlib import Path

import datasets
import numpy as np
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from munit_hub.files import written_beside
from munit_hub.image_processor import open_grey, open_image
from training.sources import SourceConfig, load_rows

logger = logging.getLogger(__name__)

# Drawn or read later, or of streams alone.
_NOT_IN_CACHE = {"edges", "channels", "label_column", "label_fraction", "streaming"}
_NOT_IN_CACHE |= {"shuffle_buffer"}
_PART = 2**24  # bytes that are read at once


def build_cache(source: SourceConfig, resolution: int, cache_dir: str | Path) -> Path:
    """Every picture of a source, decoded and resized once, as a memory-mapped file.

    Writes (N, resolution, resolution, 3) uint8 RGB `.npy`, or for `channels: 1` (N, resolution,
    resolution) uint16 grey: shorter side resized (Lanczos, with antialiasing), then the centre cut
    out. Edges are not drawn here. The name is a hash of the source, the resolution and the data,
    so that a file that is there is the right one. What could not be decoded is named in a
    `.bad.json` of that name. Raises ValueError for an unreadable path, a missing column, an
    unknown label, no pictures, and more undecodable ones than `max_bad_images`.
    """
    rows = load_rows(source)
    path = Path(cache_dir) / f"{_cache_key(source, resolution, rows)}.npy"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        bad = _write_cache(rows, source, resolution, partial)
        if bad:
            report = path.with_suffix(".bad.json")
            report.write_text(json.dumps(bad, indent=2) + "\n")
            logger.warning("%s: %d pictures left out, see %s.", source.path, len(bad), report)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def fingerprint_of(cache: Path) -> str:
    """A hash of the pictures of a cache, kept beside it: the same wherever they were copied to."""
    told = cache.with_suffix(".sha256")
    if not told.exists():
        digest = hashlib.sha256()
        with cache.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
        with written_beside(told) as beside:
            beside.write_text(digest.hexdigest())
    return told.read_text()[:24]


def is_grey(source: SourceConfig) -> bool:
    """Whether pictures are kept as grey; edges are drawn of colour pictures."""
    return source.channels == 1 and source.edges is None


def fitted(picture: Image.Image, source: SourceConfig, size: int) -> np.ndarray:
    """A picture as a source keeps it: (size, size, 3) uint8 RGB, or (size, size) uint16 grey."""
    if is_grey(source):
        window = (source.window[0], source.window[1]) if source.window else None
        return fit_grey(picture, size, window)
    return np.asarray(fit_square(picture, size))


def fit_square(picture: Image.Image, resolution: int) -> Image.Image:
    """The centre of a picture as an RGB square of `resolution` pixels, transparency over white."""
    return _fit(open_image(picture), resolution)


def fit_grey(
    picture: Image.Image, resolution: int, window: tuple[float, float] | None = None
) -> np.ndarray:
    """The centre as grey (resolution, resolution) uint16; `window`: see `open_grey`."""
    values = np.asarray(_fit(Image.fromarray(open_grey(picture, window)), resolution))
    return (np.clip(values, 0, 1) * 65535).round().astype(np.uint16)  # Lanczos overshoots


def _fit(picture: Image.Image, resolution: int) -> Image.Image:
    return ImageOps.fit(picture, (resolution, resolution), Image.Resampling.LANCZOS)


def _write_cache(
    rows: datasets.Dataset, source: SourceConfig, size: int, path: Path
) -> dict[int, str]:
    """Writes the file; what could not be decoded, by its number."""
    shape = (len(rows), size, size) if is_grey(source) else (len(rows), size, size, 3)
    dtype = np.uint16 if is_grey(source) else np.uint8
    cache = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    rows, bad = rows.select_columns([source.image_column]), {}
    for i in tqdm(range(len(rows)), desc=f"cache {Path(source.path).name}", unit="img"):
        try:
            cache[i - len(bad)] = _fitted(rows, i, source, size)
        except ValueError as error:
            bad[i] = str(error)
            if len(bad) > source.max_bad_images or len(bad) == len(rows):
                raise
    cache.flush()
    if bad:
        _shorten(path, len(rows) - len(bad))
    return bad


def _shorten(path: Path, count: int) -> None:
    """Keep the first `count` pictures of a file."""
    whole, part = np.load(path, mmap_mode="r"), path.with_suffix(".shorter")
    shape = (count, *whole.shape[1:])
    kept = np.lib.format.open_memmap(part, mode="w+", dtype=whole.dtype, shape=shape)
    for start in range(0, count, 1000):
        kept[start : start + 1000] = whole[start : min(start + 1000, count)]
    kept.flush()
    part.replace(path)


def _fitted(rows: datasets.Dataset, i: int, source: SourceConfig, size: int) -> np.ndarray:
    try:
        picture = rows[i][source.image_column]
        picture.load()
    except Exception as error:
        raise ValueError(f"source {source.path!r}: picture {i} cannot be read: {error}") from error
    return fitted(picture, source, size)


def _cache_key(source: SourceConfig, resolution: int, rows: datasets.Dataset) -> str:
    # Only what differs from the default: a field that is added later changes no key.
    values = ((field, getattr(source, field.name)) for field in fields(source))
    chosen = {
        field.name: value
        for field, value in values
        if value != field.default and field.name not in _NOT_IN_CACHE
    }
    key = json.dumps([chosen, is_grey(source), resolution, rows._fingerprint], sort_keys=True)
    return hashlib.sha256(key.encode()).hexdigest()[:24]
