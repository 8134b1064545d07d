"""The visitor's picture, drawn or uploaded, and where it is to be translated to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from munit_hub.image_processor import PictureSource
from space.models import SKETCH, first_target, source_of, targets_of
from space.pad import drawing_pad, from_paper, to_paper
from space.page import PRIVATE, TOLD, Anew, Page, Route, Source
from space.parts import example_row, own_file, upload_box
from space.wording import directions, draws, question

_EXAMPLES = Path(__file__).parent / "examples"
_NAMES = ("apple", "tomato", "cherry", "round")
SKETCHES = [str(_EXAMPLES / f"{name}.png") for name in _NAMES]
PHOTOGRAPHS = [str(_EXAMPLES / f"fruit-{name}.webp") for name in _NAMES]


def picked(drawn: bool, drawing: str | None, upload: str | None) -> PictureSource | None:
    """The picture of the three parts of a `Source`; ValueError for what no paper sends."""
    return from_paper(drawing) if drawn else upload


def first_picture(model: str) -> str:
    """The example that the page opens with."""
    return SKETCHES[0] if draws(model) else PHOTOGRAPHS[0]


def picture_column(model: gr.State, own: dict[str, str]) -> tuple[Page, gr.Tab]:
    """Direction, paper and upload, for models that draw and such as don't; and the paper's tab."""
    start = next(iter(own.values()))
    target = gr.Radio(
        directions(start), value=first_target(start), label=question(start), elem_id="direction"
    )
    drawn = gr.State(draws(start))
    with gr.Tabs(selected="draw" if draws(start) else "upload", elem_id="sheets") as tabs:
        with gr.Tab("Draw", id="draw", interactive=draws(start)) as draw:
            drawing = drawing_pad(Image.open(SKETCHES[0]))
            sketches = example_row(SKETCHES, "Example sketches")
        with gr.Tab("Upload", id="upload") as uploads:
            first = None if draws(start) else PHOTOGRAPHS[0]
            upload = upload_box("Picture", 400, first)
            photos = example_row(PHOTOGRAPHS, "Example photographs, made by a model")
    source = Source(drawn, drawing, upload)
    route, anew = gr.State(Route(start, target.value)), gr.State(Anew(0, None))
    page = Page(model, own, start, target, route, source, tabs, anew)
    _connect_sheets(page, draw, uploads)
    sketches.select(_lay_on_paper, None, drawing, **PRIVATE)
    _connect(page, photos)
    return page, draw


def target_for(model: str, target: str, drawn: bool, upload: str | None) -> str:
    """The target of another model that goes on with the visitor's picture: the same, if it can."""
    if target in targets_of(model):
        return target
    first = first_target(model)
    return first if drawn or not _is_visitors(upload) else _for_photographs(model, first)


def column_for(
    page: Page, draw: gr.Tab, model: str, target: str, drawn: bool, upload: str | None
) -> dict[Any, Any]:
    """What the column shows for another model. The visitor's picture stays, drawn or uploaded."""
    sketched = source_of(model, target) == SKETCH and (drawn or not _is_visitors(upload))
    return {
        page.target: gr.Radio(directions(model), value=target, label=question(model)),
        draw: gr.Tab(interactive=draws(model)),  # where it is not, style.css hides it
        page.sheets: gr.Tabs(selected="draw" if sketched else "upload"),
        page.source.drawn: sketched,
        page.source.upload: upload or (None if sketched else own_file(PHOTOGRAPHS[0])),
    }


def _is_visitors(upload: str | None) -> bool:
    """Whether there is an upload, and not the photograph that the page put there by itself."""
    return upload is not None and Path(upload).name != Path(PHOTOGRAPHS[0]).name


def _connect_sheets(page: Page, draw: gr.Tab, uploads: gr.Tab) -> None:
    """The picture in use is that of the sheet in sight, and `drawn.change` tells of another."""
    with gr.Row(elem_classes="away"):
        times = gr.Number(0)
    # While the page is built, its first sheet is selected as by a visitor: nothing is asked then.
    by_visitor = "count => window.linkIsRead ? count + 1 : count"
    draw.select(None, times, times, js=by_visitor, **PRIVATE)
    drawn, target = page.source.drawn, page.target
    times.change(_onto_paper, [page.model, target], [drawn, target], **TOLD)
    uploads.select(lambda: False, None, drawn, **TOLD)


def _onto_paper(model: str, target: str) -> Any:
    if not draws(model) or target not in targets_of(model):
        return gr.skip(), gr.skip()  # the page is changing to another model, and all its parts
    return True, first_target(model)


def _lay_on_paper(chosen: gr.SelectData) -> str:
    return to_paper(Image.open(SKETCHES[chosen.index]))


def _connect(page: Page, photos: gr.Gallery) -> None:
    @page.target.input(inputs=[page.model, page.target], outputs=page.sheets, **PRIVATE)
    def photographs_are_uploaded(model, goal):
        if draws(model) and source_of(model, goal) != SKETCH:
            return gr.Tabs(selected="upload")
        return gr.skip()

    @photos.select(
        inputs=[page.model, page.target], outputs=[page.source.upload, page.target], **PRIVATE
    )
    def take_photograph(model, goal, chosen: gr.SelectData):
        return Image.open(PHOTOGRAPHS[chosen.index]), _for_photographs(model, goal)


def _for_photographs(model: str, target: str) -> str:
    """The target into which photographs are translated: the present one, if it can be."""
    fitting = [name for name in targets_of(model) if source_of(model, name) != SKETCH]
    return target if target in fitting or not fitting else fitting[0]
