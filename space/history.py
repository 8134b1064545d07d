"""The translations of a visitor's session, the last one first, within bounds."""

from __future__ import annotations

from typing import NamedTuple

from space.kept import Kept

LONGEST = 12
MOST_BYTES = 4 * 2**20  # of a visitor; a dozen of drawings is one or two


class Past(NamedTuple):
    """A translation with its input as it came, and what was asked for.

    drawing: what the paper sent; upload, file_name: of a file. One of the two is empty.
    """

    kept: Kept
    num_styles: int
    drawing: str = ""
    upload: bytes = b""
    file_name: str = ""


def remember(past: list[Past], new: Past) -> list[Past]:
    """The translations with the new one as the first; the oldest go where they are too much.

    The new one stays, however large its results are.
    """
    shared = next((old.upload for old in past if old.upload == new.upload), new.upload)
    found = [new._replace(upload=shared), *past][:LONGEST]
    while len(found) > 1 and size(found) > MOST_BYTES:
        found.pop()
    return found


def size(past: list[Past]) -> int:
    """How many bytes they are; an upload that was translated twice is there once."""
    pictures = {id(one.upload): len(one.upload) for one in past}
    return sum(pictures.values()) + sum(map(_own_size, past))


def _own_size(one: Past) -> int:
    return len(one.drawing) + len(one.kept.seen) + sum(map(len, one.kept.results))
