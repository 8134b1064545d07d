"""What happens when a visitor chooses a model, or comes by a link."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from space.checked import CheckedBlocks
from space.links import (
    LINK_IS_READ,
    WITHOUT_REFUSED,
    Link,
    Refused,
    mirror,
    mirror_tabs,
    read_link,
)
from space.model_bar import Coming, ModelBar, opened, shown
from space.models import first_target, name_of, targets_of
from space.page import PRIVATE, TOLD, Anew, Page, Route, said_to_the_visitor
from space.picture import target_for
from space.serving import OPENING
from space.uses import tabs_for


class Parts(NamedTuple):
    """All that follows a model.

    tabs: those of the results; adapting: the parts outside of the bar that fit a model, whose
    values are `adapted(model, target, drawn, upload)`.
    """

    bar: ModelBar
    page: Page
    tabs: gr.Tabs
    adapting: list[Any]
    adapted: Callable[[str, str, bool, str | None], dict[Any, Any]]


def connect_models(blocks: CheckedBlocks, parts: Parts) -> None:
    """Choices and links work, and the address follows them.

    What cannot be opened gets a sentence, and the page stays on the model that it has.
    """
    bar, source = parts.bar, parts.page.source
    choose, opening = _choosing(parts), _opening(parts)
    present = [parts.page.target, source.drawn, source.upload]
    asked = [bar.wanted.submit, bar.open.click]
    for event in (
        bar.name.select(choose, [bar.name, *present], **opening),
        gr.on(asked, choose, [bar.wanted, *present], **opening),
        _link_followed(blocks, parts),
    ):
        _finish(event, parts)
    asked = [parts.page.model, bar.coming, parts.page.target]
    parts.page.target.change(_turned, asked, parts.page.route, **TOLD)
    mirror(bar.name, "model", name_of(parts.page.start))
    mirror(parts.page.target, "target")
    mirror_tabs(parts.tabs)


def _link_followed(blocks: CheckedBlocks, parts: Parts) -> Any:
    """The event that opens what the address asks for, and takes out of it what cannot be."""
    link = blocks.opened = gr.State(None)
    read = blocks.load(_read_link(parts.tabs), None, link, **TOLD)
    read.then(None, None, None, js=LINK_IS_READ, **PRIVATE)
    with gr.Row(elem_classes="away"):
        refused = gr.Textbox()
    opening, source = _opening(parts), parts.page.source
    opening["outputs"].append(refused)
    asked = [link, source.drawn, source.upload]
    followed = link.change(_following(parts, refused), asked, **opening)
    followed.then(None, refused, None, js=WITHOUT_REFUSED, **PRIVATE)
    return followed


def _opening(parts: Parts) -> dict[str, Any]:
    return {
        "outputs": [*parts.bar.parts(), *parts.adapting, parts.tabs],
        "show_progress_on": parts.bar.name,
        "api_visibility": "private",
        "concurrency_id": OPENING,
        "concurrency_limit": 2,
    }


def _choosing(parts: Parts) -> Callable[..., dict[Any, Any]]:
    def choose(name, target, drawn, upload, progress=gr.Progress()):  # noqa: B008, where gradio looks for it
        with said_to_the_visitor():
            model = opened(name, parts.page.own, progress)
            target = target_for(model, target, drawn, upload)
            fitting = parts.adapted(model, target, drawn, upload)
            fitting |= shown(parts.bar, parts.page.own, model)
            return fitting | {parts.bar.coming: Coming(model, None, True)}

    return choose


def _read_link(tabs: gr.Tabs) -> Callable[..., Any]:
    def read(request: gr.Request):
        query = dict(request.query_params)
        asks = query.keys() & {"model", "target", "seed", "tab"}
        return read_link(query, [tab.id for tab in tabs.children]) if asks else None

    return read


def _following(parts: Parts, told: gr.Textbox) -> Callable[..., dict[Any, Any]]:
    def follow(link, drawn, upload, progress=gr.Progress()):  # noqa: B008, as above
        model, unknown = _model_of(link, parts, progress)
        target, wrong = _target_of(link, model)
        tab, useless = _tab_of(link, parts.page.own, Route(model, target))
        refused = [*link.refused, *unknown, *wrong, *useless]
        if refused:
            sentences = " ".join(one.sentence() for one in refused)
            gr.Warning(html.escape(sentences, quote=False))
        start = parts.page.start
        anew = (model, target, link.seed) != (start, first_target(start), None)
        values = parts.adapted(model, target, drawn, upload)
        values |= shown(parts.bar, parts.page.own, model)
        values[parts.bar.coming] = Coming(model, link.seed, anew)
        values[told] = json.dumps([one[:2] for one in refused])
        return values | ({parts.tabs: gr.Tabs(selected=tab)} if tab else {})

    return follow


def _model_of(link: Link, parts: Parts, progress: gr.Progress) -> tuple[str, list[Refused]]:
    if link.model is None:
        return parts.page.start, []
    try:
        return opened(link.model, parts.page.own, progress), []
    except ValueError as error:
        return parts.page.start, [Refused("model", link.model, str(error).rstrip("."))]


def _target_of(link: Link, model: str) -> tuple[str, list[Refused]]:
    targets = targets_of(model)
    if link.target is None or link.target in targets:
        return link.target or first_target(model), []
    there = f"there are {', '.join(targets)}"
    return first_target(model), [Refused("target", link.target, there)]


def _tab_of(link: Link, own: dict[str, str], route: Route) -> tuple[str | None, list[Refused]]:
    used = tabs_for(own, *route)
    if link.tab is None or link.tab in used:
        return link.tab, []
    return None, [Refused("tab", link.tab, f"of this model there are {', '.join(used)}")]


def _finish(event: Any, parts: Parts) -> None:
    """The model is the page's once all fits it, and then results are made anew."""
    bar, page = parts.bar, parts.page
    taken = event.success(_taken, [bar.coming, page.target], [bar.model, page.route], **TOLD)
    taken.success(_anew, bar.coming, page.anew, **TOLD)
    event.failure(name_of, bar.model, bar.name, **PRIVATE)


def _taken(coming: Coming, target: str) -> tuple[str, Route]:
    return coming.model, Route(coming.model, target)


def _turned(model: str, coming: Coming, target: str) -> Any:
    """The route to another target; while another model is coming, `_taken` tells it."""
    return Route(model, target) if coming.model == model else gr.skip()


def _anew(coming: Coming) -> Any:
    return Anew(time.monotonic_ns(), coming.seed) if coming.anew else gr.skip()
