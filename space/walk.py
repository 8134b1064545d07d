"""A walk through styles: one picture on the straight line from a style to another."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from munit_hub import CycleGanModel
from munit_hub.image_processor import PictureSource
from space.inference import as_reference, check_whole
from space.live import decode
from space.models import open_pipeline
from space.style_space import drawn
from space.zerogpu import on_gpu

MAX_STEPS = 16
_FRAMES = 24  # at least, from one end to the other of an animated walk
_FRAME = 70  # milliseconds
_REST = 600  # milliseconds that it stays at either end
_FARTHEST = 100  # of a style's numbers: of N(0, 1), none lies beyond 10


def walk(
    model: str,
    picture: PictureSource | None,
    target: str,
    start: Sequence[float] | np.ndarray[Any, Any],
    end: Sequence[float] | np.ndarray[Any, Any],
    steps: int,
) -> list[Image.Image]:
    """The picture in `steps` styles of the target, in equal steps from `start` to `end`.

    Each is a style (style_dim,). ValueError names the argument and what is allowed.
    """
    check_whole("steps", steps, 2, MAX_STEPS)
    return _walked(model, picture, target, start, end, steps)


def animated_walk(
    model: str,
    picture: PictureSource | None,
    target: str,
    start: Sequence[float] | np.ndarray[Any, Any],
    end: Sequence[float] | np.ndarray[Any, Any],
    steps: int,
) -> tuple[list[Image.Image], list[Image.Image]]:
    """The pictures of a walk, and those of the same walk in steps small enough to move."""
    check_whole("steps", steps, 2, MAX_STEPS)
    between = -(-_FRAMES // (steps - 1))
    frames = _walked(model, picture, target, start, end, between * (steps - 1) + 1)
    return frames[::between], frames


def there_and_back(frames: list[Image.Image]) -> bytes:
    """An animated WebP that goes through two frames or more, back again, and on for ever."""
    back = frames[-2:0:-1]
    durations = [_REST, *[_FRAME] * (len(frames) - 2), _REST, *[_FRAME] * len(back)]
    data = BytesIO()
    frames[0].save(
        data,
        "WEBP",
        save_all=True,
        append_images=[*frames[1:], *back],
        duration=durations,
        loop=0,
        quality=85,
        method=0,
    )
    return data.getvalue()


def end_of_walk(model: str, target: str, style: Sequence[float] | None, seed: int) -> Any:
    """A style as it was given, or else that of a seed."""
    return drawn(model, target, seed) if style is None else style


def style_of(model: str, picture: PictureSource | None, domain: str) -> list[float]:
    """The style of a picture of a domain. ValueError where the model has none."""
    if picture is None:
        raise ValueError("There is no picture yet whose style could be taken: upload one.")
    net = open_pipeline(model).model
    if net.style_dim == 0:
        raise ValueError("This model has no styles: it makes one picture of each input.")
    if isinstance(net, CycleGanModel):  # whose encode_style is all zeros
        raise ValueError("This model finds the style of no picture: CycleGAN's is noise alone.")
    return _on_gpu(model, as_reference(model, picture, domain), domain)


def _walked(
    model: str, picture: PictureSource | None, target: str, start: Any, end: Any, count: int
) -> list[Image.Image]:
    width = open_pipeline(model).model.style_dim
    first, last = _style(start, "start", width), _style(end, "end", width)
    return decode(model, picture, target, np.linspace(first, last, count))


def _style(values: Any, name: str, width: int) -> np.ndarray[Any, Any]:
    try:
        style = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        style = np.empty(0)
    if style.shape != (width,) or width == 0 or not (np.abs(style) <= _FARTHEST).all():
        raise ValueError(
            f"The {name} style must be {width} numbers from -{_FARTHEST} to {_FARTHEST}."
        )
    return style


def _encode(model: str, seen: Image.Image, domain: str) -> list[float]:
    return open_pipeline(model).encode_style(seen, domain)[0].tolist()


_on_gpu = on_gpu(_encode)
