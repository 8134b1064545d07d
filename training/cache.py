"""Pictures decoded and resized once, in a memory-mapped file that every epoch reads."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import shutil
from contextlib import closing
from dataclasses import fields
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock

import datasets
import numpy as np
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from munit_hub.files import written_beside
from munit_hub.image_processor import open_grey, open_image
from training.prefetch import on_all_cores
from training.sources import SourceConfig, load_rows

logger = logging.getLogger(__name__)

# Drawn or read later, or of streams alone.
_NOT_IN_CACHE = {"edges", "channels", "label_column", "label_fraction", "streaming"}
_NOT_IN_CACHE |= {"shuffle_buffer"}
_TELLING = Lock()
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
    unfinished = path.with_suffix(f".{os.getpid()}.partial")
    try:
        bad = _write_cache(rows, source, resolution, unfinished)
        if bad:
            report = path.with_suffix(".bad.json")
            report.write_text(json.dumps(bad, indent=2) + "\n")
            logger.warning("%s: %d pictures left out, see %s.", source.path, len(bad), report)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
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
    """A picture as a source keeps it: (size, size, 3) uint8 RGB, or (size, size) uint16 grey.

    ValueError for 32 bits without a window: every picture's own range would be another contrast.
    """
    if is_grey(source):
        window = (source.window[0], source.window[1]) if source.window else None
        if window is None and picture.mode in ("I", "F"):
            raise ValueError("a picture of 32 bits needs the source's window: [low, high].")
        return fit_grey(picture, size, window)
    if picture.mode[0] in "IF":
        _tell_of_depth(source.path)
    return np.asarray(fit_square(picture, size))


def _tell_of_depth(path: str) -> None:
    with _TELLING:  # or two threads would find that nothing was told yet
        _tell_once_of_depth(path)


@lru_cache
def _tell_once_of_depth(path: str) -> None:
    logger.warning("%s: pictures have more than 8 bits; channels: 1 would keep them all.", path)


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
    _check_space(path.parent, source, math.prod(shape) * np.dtype(dtype).itemsize)
    cache = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    rows, bad = rows.select_columns([source.image_column]), {}
    work = partial(_fitted, rows, source, size)
    with closing(on_all_cores(work, len(rows))) as pictures:  # its threads end where it is stopped
        bar = tqdm(pictures, f"cache {Path(source.path).name}", len(rows), unit="img")
        for i, picture in enumerate(bar):
            try:
                cache[i - len(bad)] = picture.result()
            except ValueError as error:
                bad[i] = str(error)
                if len(bad) > source.max_bad_images or len(bad) == len(rows):
                    raise
    cache.flush()
    if bad:
        _shorten(path, len(rows) - len(bad))
    return bad


def _check_space(folder: Path, source: SourceConfig, needed: int) -> None:
    """OSError before a mapped file meets a full disk: the system would kill this process."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(
            f"the pictures of source {source.path!r} take {needed / 2**30:.3g} GiB, and "
            f"data.cache_dir={str(folder)!r} has {free / 2**30:.3g} GiB left; choose another, a "
            "smaller data.resolution, or streaming: true."
        )


def _shorten(path: Path, count: int) -> None:
    """Keep the first `count` pictures of a file."""
    whole, part = np.load(path, mmap_mode="r"), path.with_suffix(".shorter")
    shape = (count, *whole.shape[1:])
    kept = np.lib.format.open_memmap(part, mode="w+", dtype=whole.dtype, shape=shape)
    for start in range(0, count, 1000):
        kept[start : start + 1000] = whole[start : min(start + 1000, count)]
    kept.flush()
    part.replace(path)


def _fitted(rows: datasets.Dataset, source: SourceConfig, size: int, i: int) -> np.ndarray:
    try:
        picture = rows[i][source.image_column]
        picture.load()
        return fitted(picture, source, size)
    except Exception as error:
        name = f"{i}{_name(rows, source, i)}"
        raise ValueError(
            f"source {source.path!r}: picture {name} cannot be read: {error}"
        ) from error


def _name(rows: datasets.Dataset, source: SourceConfig, i: int) -> str:
    """The file of a picture in brackets, where it is known."""
    column = source.image_column
    stored = rows.cast_column(column, datasets.Image(decode=False))[i][column]
    return f" ({stored['path']})" if stored and stored["path"] else ""


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
