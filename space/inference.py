"""What the page does with a picture: cleaned drawings, translations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PIL import Image, ImageOps

from munit_hub.drawings import clean_drawing
from munit_hub.image_processor import PictureSource, open_image
from space.models import (
    SKETCH,
    first_target,
    has_mean_styles,
    open_pipeline,
    size_of,
    source_of,
)
from space.zerogpu import on_gpu

NO_PICTURE = "There is no picture yet: draw one or upload one."
MAX_STYLES = 16
MAX_SEED = 2**32 - 1


class Translation(NamedTuple):
    """The results at the model's own size, what the model saw, and the style of every result."""

    images: list[Image.Image]
    seen: Image.Image
    styles: list[list[float]]


def translate(
    model: str,
    image: PictureSource | None,
    target: str,
    num_styles: int = 8,
    seed: int = 0,
    reference: PictureSource | None = None,
    styles: Sequence[Sequence[float]] | None = None,
) -> Translation:
    """`num_styles` translations of a picture into `target`, or those in given `styles`.

    With a `reference` picture there is one, in its style. Sketches, drawn in any way, are brought
    to the training look; photographs are fitted into a white square. ValueError names the file or
    the argument and what is allowed.
    """
    seen, exemplar = _prepare(model, image, target, reference)
    check_whole("num_styles", num_styles, 1, MAX_STYLES)
    check_whole("seed", seed, 0, MAX_SEED)
    if styles is not None and not 1 <= len(styles) <= MAX_STYLES:
        raise ValueError(f"styles must be 1 to {MAX_STYLES}, not {len(styles)}.")
    images, codes = _on_gpu(model, seen, target, num_styles, seed, exemplar, styles)
    return Translation(images, seen, codes)


def first_view(model: str, picture: PictureSource) -> Translation:
    """What the page opens with, computed where the model lies.

    At the start that is the CPU: ZeroGPU lends its GPU to requests only.
    """
    target = first_target(model)
    seen, _ = _prepare(model, picture, target, None)
    exemplar = None if has_mean_styles(model) else seen
    images, styles = _generate(model, seen, target, 8, 0, exemplar)
    return Translation(images, seen, styles)


def as_seen(model: str, image: PictureSource | None, target: str) -> Image.Image:
    """A picture as the model sees it on the way to `target`; ValueError if there is none."""
    if image is None:
        raise ValueError(NO_PICTURE)
    return _as_trained(image, source_of(model, target), size_of(model), "image")


def as_reference(model: str, picture: PictureSource, domain: str) -> Image.Image:
    """A picture of a domain as the model met it in training, to take its style."""
    open_pipeline(model).model.domain_index(domain)
    return _as_trained(picture, domain, size_of(model), "reference")


def _prepare(
    model: str, image: PictureSource | None, target: str, reference: PictureSource | None
) -> tuple[Image.Image, Image.Image | None]:
    exemplar = None if reference is None else as_reference(model, reference, target)
    return as_seen(model, image, target), exemplar


def _as_trained(picture: PictureSource, domain: str | None, size: int, name: str) -> Image.Image:
    """A picture as the model met its domain in training, size x size pixels."""
    upright = open_image(picture, name=name)
    if domain == SKETCH:
        return clean_drawing(upright, size)
    return ImageOps.pad(upright, (size, size), Image.Resampling.LANCZOS, color="white")


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """ValueError, which names the argument, unless its value is a whole number in this range."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value}.")


def _generate(
    model: str,
    seen: Image.Image,
    target: str,
    num_styles: int,
    seed: int,
    exemplar: Image.Image | None = None,
    styles: Sequence[Sequence[float]] | None = None,
) -> tuple[list[Image.Image], list[list[float]]]:
    pipe = open_pipeline(model)
    if pipe.model.style_dim == 0:
        made = pipe(seen, target=target)
    elif styles is not None or exemplar is not None:
        made = pipe(seen, target=target, styles=styles, reference=exemplar)
    elif pipe.model.domain_in_style:  # which has one style to draw, the domain's mean
        made = pipe(seen, target=target)
    else:
        made = pipe(seen, target=target, num_styles=num_styles, seed=seed)
    return made.images[0], made.styles.tolist()


def _pixels(model: str, seen: Image.Image, target: str, num_styles: int, *others: Any) -> int:
    return num_styles * seen.width * seen.height


_on_gpu = on_gpu(_generate, _pixels)
