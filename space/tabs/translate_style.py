"""Where styles come from: a number and a seed, a reference picture, or a result in use."""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr
from PIL import Image

from space.choices import draws_styles, fits, takes_reference
from space.inference import MAX_SEED, MAX_STYLES
from space.kept import Style, from_png
from space.page import PRIVATE, TOLD, Anew, Page, Route
from space.parts import enlarge, example_row, seed_box, upload_box


class Drawn(NamedTuple):
    """How many styles are drawn, from which seed, and the dice that draws a new one."""

    num_styles: gr.Slider
    seed: gr.Number
    dice: gr.Button


class InUse(NamedTuple):
    """The style that the visitor took from a result, and the row that shows it."""

    style: gr.State
    row: gr.Row
    picture: gr.Image


class Reference(NamedTuple):
    """The box for a reference picture, and the accordion around it."""

    box: gr.Accordion
    picture: gr.Image


def drawn_styles(page: Page) -> Drawn:
    """Number, seed and dice, in a row."""
    there = draws_styles(page.start)
    num_styles = gr.Slider(
        1, MAX_STYLES, 8, step=1, label="Variations", visible=there, min_width=160
    )
    label = "Seed: the same again, the same styles"
    seed = seed_box(label, MAX_SEED, visible=there, min_width=160, elem_id="seed")
    dice = gr.Button("⚄ New seed", visible=there, min_width=120, elem_id="dice")
    return Drawn(num_styles, seed, dice)


def seed_of(anew: Anew, seed: int) -> int:
    """The seed of a link that opened the page, or else the one that is there."""
    return seed if anew.seed is None else anew.seed


def style_in_use() -> InUse:
    """The row of the style in use, hidden as there is none; a button lets go of it."""
    style = gr.State(None)
    with gr.Row(visible=False, equal_height=True, elem_id="in-use") as row:
        picture = gr.Image(
            label="Style in use",
            alt_text="The result whose style is in use",
            format="png",
            interactive=False,
            buttons=[],
            height=120,
            scale=0,
            min_width=120,
        )
        with gr.Column(min_width=180):
            gr.Markdown("Whatever you translate takes the style of this result.")
            let_go = gr.Button("Let go of this style", size="sm", elem_id="let-go")
    let_go.click(lambda: None, None, style, **TOLD)
    return InUse(style, row, picture)


def reference_box(page: Page, examples: list[Image.Image]) -> Reference:
    """A picture of the target to take the style of; `examples` are of the first model."""
    with gr.Accordion("Reference picture", open=False, visible=takes_reference(page.start)) as box:
        picture = upload_box("Reference: one result, in its style", height=200)
        row = example_row(examples, "Examples, made by this model")
        row.visible = bool(examples)

        @row.select(outputs=picture, **PRIVATE)
        def take(chosen: gr.SelectData):
            return examples[chosen.index]

        @page.model.change(inputs=page.model, outputs=[picture, row], **PRIVATE)
        def belongs_to_a_model(model):
            return None, gr.Gallery(visible=bool(examples) and model == page.start)

    return Reference(box, picture)


def connect_styles(page: Page, drawn: Drawn, used: InUse, reference: Reference) -> None:
    """Only what decides the styles is to be seen."""

    def what_decides(route: Route, style: Style | None, exemplar: str | None):
        model, given = route.model, fits(style, *route)
        free = draws_styles(model) and not given and exemplar is None
        return [
            gr.Row(visible=given),
            enlarge(from_png(style.picture)) if given else None,
            gr.Accordion(visible=takes_reference(model) and not given),
            *[part(visible=free) for part in (gr.Slider, gr.Number, gr.Button)],
        ]

    gr.on(
        [page.route.change, used.style.change, reference.picture.change],
        what_decides,
        [page.route, used.style, reference.picture],
        [used.row, used.picture, reference.box, *drawn],
        **PRIVATE,
    )
