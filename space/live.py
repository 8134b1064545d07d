"""A picture in one style after another: its content is encoded once, and kept for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from munit_hub.image_processor import PictureSource
from space.inference import as_seen
from space.models import open_pipeline, source_of
from space.shelf import Shelf
from space.zerogpu import on_gpu

_PICTURES = 16  # of each model, whose contents stay: about 4 MB each at 256 pixels
_MODELS = 3  # at most, as a kept content keeps its model in memory


def decode(
    model: str, picture: PictureSource | None, target: str, styles: Sequence[Any]
) -> list[Image.Image]:
    """The picture in each of these styles (N, style_dim) of the target, at the model's own size.

    ValueError names the picture or the argument and what is allowed.
    """
    key = content_key(model, picture, target)
    seen = _SEEN.get(key, model, picture, target)
    return _on_gpu(model, key, seen, target, np.asarray(styles, np.float32))


def content_key(model: str, picture: PictureSource | None, target: str) -> str:
    """Decoders of two pictures are the same just if these are."""
    route = None if source_of(model, target) is None else target
    digest = hashlib.sha256(f"{model}|{route}|".encode())
    if isinstance(picture, Image.Image):
        digest.update(f"{picture.mode} {picture.size}".encode())
        digest.update(picture.tobytes())
    elif picture is not None and Path(picture).is_file():
        digest.update(Path(picture).read_bytes())
    return digest.hexdigest()


def forget(age: float) -> None:
    """Puts away the pictures that nobody has moved through styles for `age` seconds."""
    _SEEN.forget(age)
    for decoders in _DECODERS.things():
        decoders.forget(age)


def _decode(
    model: str, key: str, seen: Image.Image, target: str, styles: np.ndarray[Any, Any]
) -> list[Image.Image]:
    return _DECODERS.get(model).get(key, model, seen, target)(styles)


def _decoder(key: str, model: str, seen: Image.Image, target: str) -> Callable[[Any], Any]:
    return open_pipeline(model).decoder(seen, target, source_of(model, target))


def _pixels(
    model: str, key: str, seen: Image.Image, target: str, styles: np.ndarray[Any, Any]
) -> int:
    return len(styles) * seen.width * seen.height


_on_gpu = on_gpu(_decode, _pixels)
_SEEN: Shelf[Image.Image] = Shelf(lambda key, *asked: as_seen(*asked), 64)
_DECODERS: Shelf[Shelf[Callable[[Any], Any]]] = Shelf(
    lambda model: Shelf(_decoder, _PICTURES), _MODELS
)
