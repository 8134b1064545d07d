"""What made a file: written into it, so that a run that goes on knows what is done."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, PngImagePlugin

KEY = "munit_hub"
_BLOCK = 1024 * 1024


def digest(*parts: object) -> str:
    """A short name of numbers and texts: another one where any of them differs."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def hash_of_file(path: Path) -> str:
    """The SHA-256 of a file's content."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A file to write instead of `path`: it gets that name once it is whole, or goes away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def save_picture(picture: Image.Image, path: Path, stamp: str, description: str) -> None:
    """Write a PNG that says in words and by a stamp what made it."""
    text = PngImagePlugin.PngInfo()
    text.add_text(KEY, stamp)
    text.add_itxt("Description", description)
    with written_beside(path) as unfinished:
        picture.save(unfinished, "PNG", pnginfo=text)


def stamp_of_picture(path: Path) -> tuple[str | None, bool]:
    """The stamp of a PNG, if it has any, and whether the file is whole."""
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            stamp = picture.info.get(KEY)
            try:
                picture.verify()
            except Exception:  # a damaged file raises nearly anything
                return stamp, False
            return stamp, True
    except OSError:
        return None, False
