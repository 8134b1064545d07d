"""Which ways there are to choose a style of a model."""

from __future__ import annotations

import secrets

from munit_hub import CycleGanModel
from space.kept import Style
from space.models import open_pipeline

_DICE = 10**6  # a seed by chance is below; shorter ones are easier to tell


def draws_styles(model: str) -> bool:
    """Whether a seed decides its styles: there are several, and not just a mean of each domain."""
    net = open_pipeline(model).model
    return net.style_dim > 0 and not net.domain_in_style


def has_styles(model: str) -> bool:
    """Whether one input has several translations."""
    return bool(open_pipeline(model).model.style_dim > 0)


def takes_reference(model: str) -> bool:
    """Whether it finds the style of a picture; CycleGAN cannot find its noise."""
    return has_styles(model) and not isinstance(open_pipeline(model).model, CycleGanModel)


def roll() -> int:
    """A seed by chance."""
    return secrets.randbelow(_DICE)


def fits(style: Style | None, model: str, target: str) -> bool:
    """Whether a style is one of that model, and of that target if each target has its own."""
    if style is None or style.model != model:
        return False
    return style.target == target or open_pipeline(model).model.domain_in_style
