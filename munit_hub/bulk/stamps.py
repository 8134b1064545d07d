"""What made a file: written into it, so that a run that goes on knows what is done."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from PIL import Image, PngImagePlugin

from munit_hub.files import written_beside

KEY = "munit_hub"


def digest(*parts: object) -> str:
    """A short name of numbers and texts: another one where any of them differs."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


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
    except (OSError, Image.DecompressionBombError):
        return None, False
