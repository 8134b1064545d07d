"""The domains that a model found by itself: how many pictures, what is in them, ways between."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from munit_hub.image_processor import PictureSource
from space.inference import NO_PICTURE
from space.live import decode
from space.models import has_mean_styles, open_pipeline, source_of, targets_of
from space.walk import style_of

SHEETS = "domains"  # a folder beside a model: of its first domain 0.webp, and so on

Array = np.ndarray[Any, Any]


class Domain(NamedTuple):
    """A domain that a model translates into.

    source: the domain of the pictures that become it, None where any do; pictures: how many of the
    training set are in a found domain; sheet: the file that shows some of them. None if unknown.
    """

    name: str
    source: str | None
    pictures: int | None
    sheet: Path | None


def has_found_domains(model: str) -> bool:
    """Whether it found its domains by itself, and knows their mean styles."""
    return open_pipeline(model).model.domain_in_style and has_mean_styles(model)


def domains_of(model: str) -> list[Domain]:
    """The domains that a model translates into, those found by it without the empty ones."""
    net = open_pipeline(model).model
    sizes = getattr(net.config, "domain_sizes", None) or [None] * len(net.targets)
    pictures = dict(zip(net.targets, sizes, strict=True))
    sheets = {name: Path(model, SHEETS, f"{i}.webp") for i, name in enumerate(net.targets)}
    return [
        Domain(
            name,
            source_of(model, name),
            pictures[name],
            sheets[name] if sheets[name].is_file() else None,
        )
        for name in targets_of(model)
    ]


def in_every_domain(model: str, picture: PictureSource | None) -> list[Image.Image]:
    """The picture in the mean style of each of `domains_of`, at the model's own size.

    ValueError names the picture and what is wrong with it.
    """
    if picture is None:
        raise ValueError(NO_PICTURE)
    targets = targets_of(model)
    styles = [_mean_style(model, name) for name in targets]
    return decode(model, picture, targets[0], styles)


def on_the_way(
    model: str,
    picture: PictureSource | None,
    domain: str,
    reference: PictureSource | None,
    how_far: float,
) -> Image.Image:
    """The picture in a style between a domain's mean (`how_far` 0) and that of a reference (1).

    Without a reference it is the mean. ValueError names the picture or the number.
    """
    if picture is None:
        raise ValueError(NO_PICTURE)
    if isinstance(how_far, bool) or not isinstance(how_far, int | float) or not 0 <= how_far <= 1:
        raise ValueError(f"How far to go must be a number from 0 to 1, not {how_far}.")
    style = _mean_style(model, domain)
    if reference is not None:
        style = style + how_far * (np.asarray(style_of(model, reference, domain)) - style)
    return decode(model, picture, domain, [style])[0]


def _mean_style(model: str, domain: str) -> Array:
    return open_pipeline(model).model.domain_style(domain).numpy(force=True)
