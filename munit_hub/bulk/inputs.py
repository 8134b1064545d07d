"""Files, folders and globs -> the pictures and clips they name, and what becomes of each."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from munit_hub.image_processor import FORMATS

CLIPS = frozenset((".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"))


class Item(NamedTuple):
    """A file, and its place in the tree of the results, without a suffix."""

    source: Path
    stem: Path

    @property
    def is_clip(self) -> bool:
        """Whether it is moving pictures, by its name."""
        return self.source.suffix.lower() in CLIPS

    def outputs(self, folder: Path, count: int) -> list[Path]:
        """The files that `count` styles become: apple-1.png, apple-2.png and so on."""
        suffix = ".mp4" if self.is_clip else ".png"
        return [folder / f"{self.stem}-{number + 1}{suffix}" for number in range(count)]


def find_items(inputs: Sequence[str], output: Path) -> list[Item]:
    """What the inputs name, each file once; of a folder its pictures and clips, with its tree.

    A file that is named itself may have any suffix. Hidden files, and `output` where it lies in a
    folder, are left out. ValueError where an input names nothing or lies in `output`, or where two
    files would become one.
    """
    places: dict[Path, Path] = {}  # by the file: where it lies in the tree
    for given in inputs:
        found = dict(_named_by(given, output.resolve()))
        if not found:
            raise ValueError(f"{given} names no picture; files, folders and globs do.")
        places |= {source: place for source, place in found.items() if source not in places}
    _check_outside(places, output.resolve())
    named = _without_suffix(places)
    _check_apart(named)
    return [Item(source, stem) for source, stem in named.items()]


def _named_by(given: str, output: Path) -> Iterator[tuple[Path, Path]]:
    path = Path(given)
    if path.is_dir():
        yield from _in_folder(path, output)
    elif path.exists():
        yield path, Path(path.name)
    else:
        root = before_the_glob(path)
        below = root.resolve() in output.parents
        for match in map(Path, sorted(glob.glob(given, recursive=True))):
            if match.is_file() and not (below and output in match.resolve().parents):
                yield match, match.relative_to(root)


def _in_folder(root: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    wanted = CLIPS | picture_suffixes()
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".") and Path(folder, name).resolve() != output
        )
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in wanted:
                path = Path(folder, name)
                yield path, path.relative_to(root)


def picture_suffixes() -> set[str]:
    """The endings of files that `open_image` reads, in small letters."""
    known = Image.registered_extensions().items()
    return {suffix for suffix, name in known if name in FORMATS}


def before_the_glob(path: Path) -> Path:
    """The folders of a pattern that are plain names."""
    plain = list(path.parts[:-1])
    magic = [number for number, part in enumerate(plain) if glob.has_magic(part)]
    return Path(*plain[: magic[0]] if magic else plain)


def _without_suffix(places: dict[Path, Path]) -> dict[Path, Path]:
    """The stem of each place; the whole name where a.jpg and a.png lie side by side."""
    shared = Counter(place.with_suffix("") for place in places.values())
    return {
        source: place if shared[place.with_suffix("")] > 1 else place.with_suffix("")
        for source, place in places.items()
    }


def _check_outside(places: dict[Path, Path], output: Path) -> None:
    for source in places:
        if output in source.resolve().parents:
            raise ValueError(
                f"{source} lies in {output}, where the results go and would be translated the "
                "next time; choose another --output."
            )


def _check_apart(named: dict[Path, Path]) -> None:
    first: dict[Path, Path] = {}
    for source, stem in named.items():
        other = first.setdefault(stem, source)
        if other != source:
            raise ValueError(
                f"{other} and {source} would both become {stem}-1; translate them into different "
                "folders."
            )
