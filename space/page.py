"""What the tabs of the page share: the model, the visitor's picture, and how refusals are told."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import gradio as gr

from space.serving import INSTANT
from space.text import DELETED

# For events that only the page itself has a use for, and that are instant. If one changes a
# gr.State, nobody hears of it: `state.change` needs TOLD, which waits in no line. And a gr.Tab that
# a model has no use for is `interactive=False`, which style.css hides: gradio hides none later.
PRIVATE = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
TOLD = PRIVATE | {"queue": True, "concurrency_id": INSTANT, "concurrency_limit": None}


class Source(NamedTuple):
    """The visitor's picture; `space.picture.picked` takes the values of the three."""

    drawn: gr.State  # whether the picture comes from the paper or from the upload
    drawing: gr.HTML
    upload: gr.Image


class Anew(NamedTuple):
    """Why results are made anew: the how manieth time, and the seed of a link, if it has one."""

    time: int
    seed: int | None


class Route(NamedTuple):
    """A model, and one of the domains that it translates into."""

    model: str
    target: str


class Page(NamedTuple):
    """What every tab is given. `model.change` tells that the visitor chose another model.

    Several functions that follow the model or the target must follow `route.change`: of a part's
    own change, gradio 6 repeats all the functions for one that came late, without end if there are
    two such (tests/test_events.py).

    model: its key for `space.models.open_pipeline`; own: the page's own models, by name; start: the
    first of them, which the parts are built for; target: the name of the domain to translate into;
    route: the two as a `Route`, which changes once they fit each other;
    sheets: where the visitor sees either the paper ("draw") or the upload ("upload"); anew: an
    `Anew`, whose change comes last of all when the page itself chose a model, a target or a seed:
    then results are made anew.
    """

    model: gr.State
    own: dict[str, str]
    start: str
    target: gr.Radio
    route: gr.State
    source: Source
    sheets: gr.Tabs
    anew: gr.State


@contextmanager
def said_to_the_visitor(*files: str | None) -> Iterator[None]:
    """What the package refuses reaches the visitor, who knows a file by its name alone."""
    try:
        yield
    except ValueError as error:
        message = str(error)
        for file in filter(None, files):
            if file in message and not os.path.exists(file):
                message = DELETED.format(name=file)
            message = message.replace(file, Path(file).name)
        # Gradio shows messages as HTML, and a file's name is the visitor's own text.
        raise gr.Error(html.escape(message, quote=False), print_exception=False) from None
