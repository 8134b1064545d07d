"""The plane of a style space as a map: one picture in a grid of its styles, and points over it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image

from munit_hub.image_processor import PictureSource
from space.instant import to_url
from space.live import content_key, decode
from space.shelf import Shelf
from space.style_space import StyleSpace, clipped, open_space

_SIDE = 5  # pictures in a row and in a column: 25 decodes are most of a second
_CELL = 96  # pixels of each
_DOT = 0.014  # radius, where the map is 2 wide


def draw_map(model: str, picture: PictureSource | None, target: str) -> str:
    """The map of a target for a picture, as a data URL; kept for a while."""
    return _MAPS.get(content_key(model, picture, target), model, picture, target)


def forget(age: float) -> None:
    """Puts away the maps that nobody has looked at for `age` seconds."""
    _MAPS.forget(age)


def places() -> np.ndarray[Any, Any]:
    """Where the grid's pictures lie in the plane, (N, 2), row by row from the top left."""
    centers = (2 * np.arange(_SIDE) + 1) / _SIDE - 1
    x, y = np.meshgrid(centers, -centers)
    return np.stack((x.ravel(), y.ravel()), 1)


def dots(space: StyleSpace) -> str:
    """The points of a style space as SVG, in a view from -1 to 1 whose y points down."""
    circle = '<circle cx="{:.3f}" cy="{:.3f}" r="{}"/>'
    return "".join(circle.format(x, -y, _DOT) for x, y in space.points)


def place_of(space: StyleSpace, numbers: Any) -> tuple[float, float]:
    """Where the style of these slider numbers lies in the plane, or nearest to it on the map."""
    x, y = np.clip(space.plane.numbers(space.sliders.styles(numbers)), -1, 1)
    return round(float(x), 2), round(float(y), 2)


def numbers_at(space: StyleSpace, x: Any, y: Any) -> np.ndarray[Any, Any]:
    """The slider numbers of a place in the plane. ValueError unless x and y are numbers."""
    if not all(isinstance(c, int | float) and math.isfinite(c) for c in (x, y)):
        raise ValueError("A place on the map is two numbers from -1 to 1.")
    place = np.clip((x, y), -1, 1)
    return clipped(space.sliders.numbers(space.plane.styles(place)))


def _draw(key: str, model: str, picture: PictureSource | None, target: str) -> str:
    styles = open_space(model, target).plane.styles(places())
    sheet = Image.new("RGB", (_SIDE * _CELL, _SIDE * _CELL))
    for index, image in enumerate(decode(model, picture, target, styles)):
        row, column = divmod(index, _SIDE)
        cell = image.convert("RGB").resize((_CELL, _CELL), Image.Resampling.LANCZOS)
        sheet.paste(cell, (column * _CELL, row * _CELL))
    return to_url(sheet)


_MAPS: Shelf[str] = Shelf(_draw, 32)
