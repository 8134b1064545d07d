"""What every named endpoint is asked by: a model of the page, and a target."""

from __future__ import annotations

from gradio.components.api_component import Api

from space.models import first_target, name_of, targets_of
from space.page import Page

_LONGEST = 60  # characters of a program's word that a message repeats


def target_part(page: Page) -> Api:
    """The name of a domain, of any of the page's own models."""
    first = first_target(page.start)
    others = (name for model in page.own.values() for name in targets_of(model))
    names = [*dict.fromkeys([first, *others])]
    return Api(first, {"type": "string", "enum": names}, "Target")


def model_part(page: Page) -> Api:
    """The name of one of the page's own models."""
    return Api(name_of(page.start), {"type": "string", "enum": [*page.own]}, "Model")


def asked_model(page: Page, name: str | None, target: str | None = None) -> str:
    """The model of a name, the first if there is none, which must translate into `target`.

    ValueError says which names there are.
    """
    if name is not None:
        _check("model", name, [*page.own])
    model = page.start if name is None else page.own[name]
    if target is not None:
        _check("target", target, targets_of(model))
    return model


def _check(argument: str, value: object, allowed: list[str]) -> None:
    if value not in allowed:
        shown = repr(value)[:_LONGEST]
        raise ValueError(f"{argument} must be one of {', '.join(allowed)}, not {shown}.")
