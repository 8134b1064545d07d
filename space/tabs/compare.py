"""The tab in which one picture goes through several models, with what was measured of each."""

from __future__ import annotations

import secrets
from html import escape
from typing import Any

import gradio as gr

from space.cards import titles_of
from space.comparison import Measured, figures_of, outputs_of, rivals
from space.inference import MAX_SEED, NO_PICTURE
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import enlarge
from space.picture import picked
from space.tabs.again import times_shown
from space.text import COMPARE


def compare_tab(page: Page, tab: gr.Tab) -> None:
    """A gallery for each of the page's own models, and a table of their figures."""
    gr.Markdown(COMPARE)
    shown = rivals(page.own, page.start, page.target.value)
    with gr.Row(elem_id="compared-models"):
        models = [*page.own.values()]
        galleries = {
            model: gr.Gallery(
                label=title,
                columns=2,
                height="auto",
                format="png",
                interactive=False,
                buttons=["fullscreen"],
                visible=model in shown,
                min_width=200,
                elem_classes="compared-model",
            )
            for model, title in zip(models, titles_of(models), strict=True)
        }
    note = gr.HTML(f'<p role="status">{NO_PICTURE}</p>', visible=False, elem_id="compared-note")
    seed = gr.State(0)
    dice = gr.Button("Other styles")
    table = gr.HTML(table_of(shown), elem_id="figures")
    _connect(page, tab, galleries, note, table, seed, dice)


def table_of(models: list[str]) -> str:
    """What was measured alike of two models or more, as an HTML table; empty if nothing was."""
    measured = {model for figure in figures_of(models) for model in figure.of(models)}
    models = [model for model in models if model in measured]
    figures = figures_of(models)
    if not figures:
        return ""
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles_of(models))
    on = {figure.pictures for figure in figures}
    rows = "".join(_row(figure, len(on) > 1) for figure in figures)
    caption = f"<caption>Measured on {escape(on.pop())}</caption>" if len(on) == 1 else ""
    return f"<table>{caption}<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(figure: Measured, on_what: bool) -> str:
    """A figure of several models; of which pictures, if the table's are not all of the same."""
    name = f"{figure.name}, on {figure.pictures}" if on_what else figure.name
    cells = "".join(
        f"<td>{'–' if value is None else f'{value + 0.0:.3g}'}</td>" for value in figure.values
    )
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _connect(
    page: Page,
    tab: gr.Tab,
    galleries: dict[str, gr.Gallery],
    note: gr.HTML,
    table: gr.HTML,
    seed: gr.State,
    dice: gr.Button,
) -> None:
    def adapt(route):
        shown = rivals(page.own, *route)
        boxes = [gr.Gallery(visible=one in shown) for one in galleries]
        return [gr.Tab(interactive=bool(shown)), *boxes, table_of(shown)]

    def compare(route, on_paper, drawing, upload, seed):
        with said_to_the_visitor(upload):
            picture = picked(on_paper, drawing, upload)
            shown = rivals(page.own, *route)
            made = [
                outputs_of(one, picture, route.target, seed) if one in shown else []
                for one in galleries
            ]
        return [gr.HTML(visible=False), *[[*map(enlarge, images)] for images in made]]

    def compare_if_there(route, on_paper, drawing, upload, seed):
        if not drawing if on_paper else upload is None:
            return [gr.HTML(visible=True), *[[] for _ in galleries]]
        return compare(route, on_paper, drawing, upload, seed)

    adapted = page.route.change(adapt, page.route, [tab, *galleries.values(), table], **PRIVATE)
    times = times_shown(page, tab, adapted, "#compared-models")
    asked = [page.route, *page.source, seed]
    event: dict[str, Any] = {
        "inputs": asked,
        "outputs": [note, *galleries.values()],
        "api_visibility": "private",
        "trigger_mode": "always_last",
    }
    times.change(compare_if_there, **event)
    dice.click(lambda: secrets.randbelow(MAX_SEED), None, seed, **PRIVATE).then(compare, **event)
