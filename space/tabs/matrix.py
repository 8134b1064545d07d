"""The tab of the papers' figure: several contents, each in several styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from space.choices import draws_styles, has_styles, takes_reference
from space.inference import MAX_SEED
from space.kept import to_png
from space.matrix import (
    MAX_CONTENTS,
    MAX_STYLES,
    Matrix,
    describe,
    draw_figure,
    drawn_matrix,
    referenced_matrix,
)
from space.models import SKETCH, repo_of, size_of, source_of
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import TIMES, file_name, seed_box, several_pictures, to_file
from space.picture import PHOTOGRAPHS, SKETCHES, picked
from space.tabs.again import counted, once_more, picture_changes

_EXAMPLES, _UPLOADS, _DRAWN = "Example pictures", "Pictures that I upload", "Random"
_SIDE = 384  # pixels of a cell at most, where the model's own pictures are not larger
_ABOUT = """The figure of the papers: a row is one content in every style, a column is one style
on every content."""


class Styles(NamedTuple):
    """What decides the columns: the way, and what each way asks for."""

    way: gr.Radio
    references: gr.File
    count: gr.Slider
    seed: gr.Number


class Contents(NamedTuple):
    """What stands in the left column below the visitor's picture."""

    uploads: gr.File
    examples: gr.Checkbox


class Figure(NamedTuple):
    """What is made, in sight as long as it is of the visitor's present picture, model and target.

    changes: how often these changed, counted in the browser; of: that number as it was asked for.
    """

    picture: gr.Image
    file: gr.DownloadButton
    of: gr.Number
    changes: gr.Number


def matrix_tab(page: Page, tab: gr.Tab) -> None:
    """Contents, styles, and the figure of them; `tab` is where they are."""
    gr.Markdown(_ABOUT)
    with gr.Row():
        with gr.Column(min_width=240):
            label = f"Contents beside your picture: up to {MAX_CONTENTS - 1}"
            contents = Contents(
                several_pictures(label), gr.Checkbox(True, label="Example pictures below them")
            )
        with gr.Column(min_width=240):
            styles = _styles(page.start)
    run = gr.Button("Make the figure", variant="primary")
    figure = _figure()
    _connect_choices(page, tab, styles, figure)
    _connect_run(page, tab, run, contents, styles, figure)


def _styles(model: str) -> Styles:
    first = _ways(model)[0]
    way = gr.Radio(_ways(model), value=first, label="Styles", elem_id="matrix-styles")
    references = several_pictures(f"References: up to {MAX_STYLES}", visible=False)
    random = {"visible": first == _DRAWN}
    count = gr.Slider(1, MAX_STYLES, 4, step=1, buttons=[], label="Random styles", **random)
    seed = seed_box("First seed", MAX_SEED - MAX_STYLES, **random)
    return Styles(way, references, count, seed)


def _figure() -> Figure:
    with gr.Column(visible=False) as box:
        picture = gr.Image(
            label="Rows: content; columns: style",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            elem_id="matrix",
        )
        file = gr.DownloadButton("Download the figure (PNG)")
    with gr.Row(elem_classes="away"):
        of, changes, made = gr.Number(-1), gr.Number(0), gr.Checkbox(False)
    both = [of, changes]
    gr.on([p.change for p in both], None, both, made, js="(of, now) => of === now", **PRIVATE)
    made.change(lambda made: gr.Column(visible=made), made, box, **PRIVATE)
    return Figure(picture, file, of, changes)


def _ways(model: str) -> list[str]:
    """Where styles come from, the best for a figure first."""
    ways = [_EXAMPLES, _UPLOADS] if takes_reference(model) else []
    return [*ways, _DRAWN] if draws_styles(model) or not ways else ways


def _connect_choices(page: Page, tab: gr.Tab, styles: Styles, figure: Figure) -> None:
    @styles.way.change(inputs=styles.way, outputs=styles[1:], **PRIVATE)
    def show_what_it_asks_for(way):
        random = way == _DRAWN
        return gr.File(visible=way == _UPLOADS), *[
            p(visible=random) for p in (gr.Slider, gr.Number)
        ]

    fitted = page.route.change(
        lambda model: gr.Tab(interactive=has_styles(model)), page.model, tab, **PRIVATE
    )
    once_more(fitted, figure.changes)
    counted(picture_changes(page), figure.changes)

    @page.model.change(inputs=page.model, outputs=styles.way, **PRIVATE)
    def fit(model):
        return gr.Radio(_ways(model), value=_ways(model)[0])


def _connect_run(
    page: Page, tab: gr.Tab, run: gr.Button, contents: Contents, styles: Styles, figure: Figure
) -> None:
    asked = [figure.changes, page.model, page.target, *page.source, *contents, *styles]
    event: dict[str, Any] = {
        "outputs": [figure.picture, figure.file, figure.of],
        "show_progress_on": run,
        "api_visibility": "private",
    }
    run.click(_made, asked, **event)
    tab.select(_made_at_first, [figure.of, *asked], **event)


def _made_at_first(of, changes, model, target, on_paper, drawing, upload, *others):
    """A figure to see as the tab opens, if there is a picture to make it of."""
    if of == changes or (not drawing if on_paper else upload is None):
        return [gr.skip()] * 3
    return _made(changes, model, target, on_paper, drawing, upload, *others)


def _made(
    changes,
    model,
    target,
    on_paper,
    drawing,
    upload,
    uploads,
    filled,
    way,
    references,
    count,
    seed,
):
    with said_to_the_visitor(upload, *uploads, *references):
        picture = picked(on_paper, drawing, upload)
        contents = [*([] if picture is None else [picture]), *uploads]
        if filled:
            room = max(MAX_CONTENTS - len(contents), 0)
            contents += _examples(source_of(model, target))[1:][:room]  # the first opens the page
        if way == _DRAWN:
            made = drawn_matrix(model, contents, target, seed, count)
        else:
            shown = _examples(target) if way == _EXAMPLES else references
            made = referenced_matrix(model, contents, target, shown)
    return [*_shown(made, model, target), changes]


def _examples(domain: str | None) -> list[str]:
    return SKETCHES if domain == SKETCH else PHOTOGRAPHS


def _shown(made: Matrix, model: str, target: str) -> list[Any]:
    side = max(size_of(model), min(TIMES * size_of(model), _SIDE))
    words = f"contents and styles {Path(repo_of(model)).name} {target}"
    file = to_file(to_png(draw_figure(made, side)), file_name(words, "png"))
    picture = gr.Image(file, alt_text=describe(made))
    return [picture, file]
