"""Sources -> the rows of a dataset: edges with their photographs, domains, or pairs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from PIL import Image

from munit_hub.bulk.cells import cell_of
from munit_hub.edges import draw_edges
from munit_hub.preparing.sources import Found, is_dataset, pictures_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """What a dataset is made of, and how.

    kind: edges (photographs with their edges), unpaired (pictures of domains) or paired (rows of
        two pictures that belong together, by their names).
    names: of the domains of unpaired and paired. size: of the shorter side at most, in pixels.
    low, high, blur: of the edges, see `munit_hub.edges.draw_edges`.
    """

    kind: str
    sources: Sequence[str]
    names: Sequence[str] = ()
    size: int = 256
    image_column: str = "image"
    split: str = "train"
    low: float = 40
    high: float = 100
    blur: int = 5


@dataclass
class Tally:
    """What was left out: pictures that were there already, alone, or not to be read."""

    duplicates: int = 0
    alone: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    def is_new(self, *pictures: Image.Image) -> bool:
        """Whether these very pixels have not been met, in this order."""
        found = hashlib.sha256()
        for picture in pictures:
            found.update(repr(picture.size).encode() + picture.tobytes())
        new = found.digest() not in self.seen
        self.seen.add(found.digest())
        self.duplicates += not new
        return new


class About(NamedTuple):
    """What a person says of a dataset: the licence by its Hub identifier, who made the pictures."""

    title: str = ""
    license: str = "unknown"
    attribution: str = ""


class Made(NamedTuple):
    """How many rows each split has, the seed that drew which, and what was left out."""

    rows: dict[str, int]
    seed: int
    tally: Tally


def rows_of_recipe(recipe: Recipe, tally: Tally) -> Iterator[Row]:
    """The rows, one after another; `tally` counts what is left out."""
    return _ROWS[recipe.kind](recipe, tally)


def check_recipe(recipe: Recipe) -> None:
    """ValueError where the sources and names do not fit the kind."""
    number = len(recipe.sources)
    if recipe.kind not in _ROWS:
        raise ValueError(f"{recipe.kind!r} is no kind of dataset; there are {', '.join(_ROWS)}.")
    if recipe.kind == "unpaired" and number < 2 or recipe.kind == "paired" and number != 2:
        needed = "at least two SOURCEs, a domain each" if recipe.kind == "unpaired" else "two"
        raise ValueError(f"{recipe.kind} needs {needed}, not {number}.")
    if recipe.kind != "edges" and len({*recipe.names}) != number:
        said = ", ".join(recipe.names)
        raise ValueError(f"{recipe.kind} needs {number} different --names, not {said}.")
    if not all(recipe.names):
        raise ValueError(f"--names must not be empty, as one of {list(recipe.names)} is.")
    if recipe.kind == "paired" and "name" in recipe.names:
        raise ValueError("No domain of paired can be called name, as the column of names is.")
    if recipe.kind == "paired" and any(map(is_dataset, recipe.sources)):
        raise ValueError("paired needs folders or globs: pictures are paired by their names.")
    if recipe.size < 1:
        raise ValueError(f"--size must be at least 1 pixel, not {recipe.size}.")


def _edges(recipe: Recipe, tally: Tally) -> Iterator[Row]:
    for source in recipe.sources:
        for _, photo in _opened(source, recipe, tally):
            if tally.is_new(photo):
                lines = draw_edges(photo, recipe.low, recipe.high, recipe.blur)
                yield {"image": cell_of(photo), "edges": cell_of(lines)}


def _unpaired(recipe: Recipe, tally: Tally) -> Iterator[Row]:
    for domain, source in zip(recipe.names, recipe.sources, strict=True):
        for _, picture in _opened(source, recipe, tally):
            if tally.is_new(picture):
                yield {"image": cell_of(picture), "domain": domain}


def _paired(recipe: Recipe, tally: Tally) -> Iterator[Row]:
    first, second = (
        {found.name: found for found in pictures_of(source)} for source in recipe.sources
    )
    tally.alone += len(first.keys() ^ second.keys())
    for name in (name for name in first if name in second):
        pair = [_open(found, recipe.size, tally) for found in (first[name], second[name])]
        if pair[0] and pair[1] and tally.is_new(pair[0], pair[1]):
            cells = zip(recipe.names, map(cell_of, filter(None, pair)), strict=True)
            yield dict(cells) | {"name": name}


def _opened(source: str, recipe: Recipe, tally: Tally) -> Iterator[tuple[str, Image.Image]]:
    for found in pictures_of(source, recipe.image_column, recipe.split):
        picture = _open(found, recipe.size, tally)
        if picture is not None:
            yield found.name, picture


def _open(found: Found, size: int, tally: Tally) -> Image.Image | None:
    try:
        picture = found.open()
    except ValueError as error:
        tally.failures.append((found.name, " ".join(str(error).split())))
        return None
    scale = size / min(picture.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        return picture.resize((width, height), Image.Resampling.LANCZOS)
    return picture


_ROWS = {"edges": _edges, "unpaired": _unpaired, "paired": _paired}
