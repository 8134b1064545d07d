"""One picture through several models of the same two domains, and what was measured of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PIL import Image

from munit_hub.figures import figures_on
from munit_hub.image_processor import PictureSource
from space.cards import text_of
from space.choices import draws_styles
from space.inference import translate
from space.models import open_pipeline, source_of, targets_of

STYLES = 4  # of a model that has several
_EACH = re.compile(r"(\d+) (outputs each|pairs each)")  # 1 of a model that has one output


class Measured(NamedTuple):
    """A figure by its name and the pictures it is of, and a value a model, None where it has none.

    Only such as two models or more have: a figure of another protocol compares with nothing.
    """

    name: str
    pictures: str
    values: list[float | None]

    def of(self, models: Sequence[str]) -> list[str]:
        """Those of the models that have a value."""
        return [
            model for model, value in zip(models, self.values, strict=True) if value is not None
        ]


def rivals(own: Mapping[str, str], model: str, target: str) -> list[str]:
    """The page's own models, by name, that translate into `target` what `model` does.

    None where there is but one.
    """
    if open_pipeline(model).model.domain_in_style:
        return []
    source = source_of(model, target)
    alike = [one for one in own.values() if _translates(one, source, target)]
    return alike if len(alike) > 1 else []


def outputs_of(
    model: str, picture: PictureSource | None, target: str, seed: int
) -> list[Image.Image]:
    """A model's translations of a picture: STYLES of them, or the one that it has.

    ValueError names the picture or the argument and what is allowed.
    """
    return translate(model, picture, target, STYLES if draws_styles(model) else 1, seed).images


def figures_of(models: Sequence[str]) -> list[Measured]:
    """What the cards of models say of them on the same pictures."""
    found = [figures_on(text_of(model) or "") for model in models]
    rows: dict[tuple[str, str], list[tuple[str, float] | None]] = {}
    for index, figures in enumerate(found):
        for (name, pictures), value in figures.items():
            row = rows.setdefault((_EACH.sub(r"\2", name), pictures), [None] * len(models))
            row[index] = name, value
    return [_measured(on, row) for (_, on), row in rows.items() if sum(map(bool, row)) > 1]


def _measured(pictures: str, row: Sequence[tuple[str, float] | None]) -> Measured:
    """A row of names and values; the names differ at most in how many outputs an input had."""
    names = [cell[0] for cell in row if cell]
    counts = sorted({int(found[1]) for name in names for found in _EACH.finditer(name)})
    name = _EACH.sub(f"{' or '.join(map(str, counts))} \\2", names[0])
    return Measured(name, pictures, [cell and cell[1] for cell in row])


def _translates(model: str, source: str | None, target: str) -> bool:
    known = not open_pipeline(model).model.domain_in_style and target in targets_of(model)
    return known and source_of(model, target) == source
