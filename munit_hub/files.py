"""Files that are whole or not there, and what tells one from another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BLOCK = 1024 * 1024
_END = 64 * 1024


def hash_of_file(path: Path) -> str:
    """The SHA-256 of a file's content."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def ends_of_file(path: Path) -> tuple[int, str]:
    """A file's size, and the SHA-256 of its first and last 64 KiB: what a change nearly always
    changes, whatever the file's size.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found = hashlib.sha256(file.read(_END))
        file.seek(max(size - _END, 0))
        found.update(file.read(_END))
    return size, found.hexdigest()


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A file to write instead of `path`: it gets that name once it is whole, or goes away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    short = hashlib.sha256(path.name.encode()).hexdigest()[:16]  # names end at 255 bytes
    unfinished = path.with_name(f".{short}.unfinished")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
