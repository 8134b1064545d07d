"""What happens when a visitor chooses a model, or comes by a link."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from space.links import LINK_IS_READ, Link, mirror, mirror_tabs, read_link, refusal
from space.model_bar import Coming, ModelBar, opened, shown
from space.models import first_target, name_of, targets_of
from space.page import PRIVATE, TOLD, Anew, Page, Route, said_to_the_visitor
from space.serving import OPENING
from space.uses import tabs_for


class Parts(NamedTuple):
    """All that follows a model.

    tabs: those of the results; adapting: the parts outside of the bar that fit a model, whose
    values are `adapted(model, target, upload)`.
    """

    bar: ModelBar
    page: Page
    tabs: gr.Tabs
    adapting: list[Any]
    adapted: Callable[[str, str, str | None], dict[Any, Any]]


def connect_models(blocks: gr.Blocks, parts: Parts) -> None:
    """Choices and links work, and the address follows them.

    What cannot be opened gets a sentence, and the page stays on the model that it has.
    """
    bar, upload = parts.bar, parts.page.source.upload
    choose, opening = _choosing(parts), _opening(parts)
    asked = [bar.wanted.submit, bar.open.click]
    link = gr.State(None)
    read = blocks.load(_read_link(parts.tabs), None, link, **TOLD)
    read.then(None, None, None, js=LINK_IS_READ, **PRIVATE)
    for event in (
        bar.name.select(choose, [bar.name, upload], **opening),
        gr.on(asked, choose, [bar.wanted, upload], **opening),
        link.change(_following(parts), [link, upload], **opening),
    ):
        _finish(event, parts)
    asked = [parts.page.model, bar.coming, parts.page.target]
    parts.page.target.change(_turned, asked, parts.page.route, **TOLD)
    mirror(bar.name, "model", name_of(parts.page.start))
    mirror(parts.page.target, "target")
    mirror_tabs(parts.tabs)


def _opening(parts: Parts) -> dict[str, Any]:
    return {
        "outputs": [*parts.bar.parts(), *parts.adapting, parts.tabs],
        "show_progress_on": parts.bar.name,
        "api_visibility": "private",
        "concurrency_id": OPENING,
        "concurrency_limit": 2,
    }


def _choosing(parts: Parts) -> Callable[..., dict[Any, Any]]:
    def choose(name, upload, progress=gr.Progress()):  # noqa: B008, where gradio looks for it
        with said_to_the_visitor():
            model = opened(name, parts.page.own, progress)
            target = first_target(model)
            fitting = shown(parts.bar, parts.page.own, model) | parts.adapted(model, target, upload)
            return fitting | {parts.bar.coming: Coming(model, None, True)}

    return choose


def _read_link(tabs: gr.Tabs) -> Callable[..., Any]:
    def read(request: gr.Request):
        query = dict(request.query_params)
        asks = query.keys() & {"model", "target", "seed", "tab"}
        return read_link(query, [tab.id for tab in tabs.children]) if asks else None

    return read


def _following(parts: Parts) -> Callable[..., dict[Any, Any]]:
    def follow(link, upload, progress=gr.Progress()):  # noqa: B008, as above
        model, refused = _model_of(link, parts, progress)
        target, wrong = _target_of(link, model)
        tab, useless = _tab_of(link, parts.page.own, Route(model, target))
        if sentences := [*link.refused, *refused, *wrong, *useless]:
            gr.Warning(html.escape(" ".join(sentences), quote=False))
        start = parts.page.start
        anew = (model, target, link.seed) != (start, first_target(start), None)
        values = shown(parts.bar, parts.page.own, model) | parts.adapted(model, target, upload)
        values[parts.bar.coming] = Coming(model, link.seed, anew)
        return values | ({parts.tabs: gr.Tabs(selected=tab)} if tab else {})

    return follow


def _model_of(link: Link, parts: Parts, progress: gr.Progress) -> tuple[str, list[str]]:
    if link.model is None:
        return parts.page.start, []
    try:
        return opened(link.model, parts.page.own, progress), []
    except ValueError as error:
        return parts.page.start, [refusal("model", link.model, str(error))]


def _target_of(link: Link, model: str) -> tuple[str, list[str]]:
    targets = targets_of(model)
    if link.target is None or link.target in targets:
        return link.target or first_target(model), []
    there = f"there are {', '.join(targets)}"
    return first_target(model), [refusal("target", link.target, there)]


def _tab_of(link: Link, own: dict[str, str], route: Route) -> tuple[str | None, list[str]]:
    used = tabs_for(own, *route)
    if link.tab is None or link.tab in used:
        return link.tab, []
    return None, [refusal("tab", link.tab, f"of this model there are {', '.join(used)}")]


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
