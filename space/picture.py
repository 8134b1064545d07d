"""The visitor's picture, drawn or uploaded, and where it is to be translated to."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from PIL import Image

from munit_hub.image_processor import PictureSource
from space.models import SKETCH, photo_domain
from space.pad import drawing_pad, from_paper, to_paper
from space.page import PRIVATE, Page, Source
from space.parts import example_row, upload_box

SKETCHES = [
    str(Path(__file__).parent / "examples" / f"{name}.png")
    for name in ("apple", "tomato", "cherry", "round")
]


def picked(drawn: bool, drawing: str | None, upload: str | None) -> PictureSource | None:
    """The picture of the three parts of a `Source`; ValueError for what no paper sends."""
    return from_paper(drawing) if drawn else upload


def picture_column(model: gr.State, start: str, photographs: list[Image.Image]) -> Page:
    """Direction, paper and upload; the direction follows the choice between the two, and back."""
    photo = photo_domain(start)
    target = gr.Radio(
        [(f"Sketch → {photo}", photo), (f"{photo.capitalize()} → sketch", SKETCH)],
        value=photo,
        label="Direction",
        elem_id="direction",
    )
    drawn = gr.State(True)
    with gr.Tabs(selected="draw") as tabs:
        with gr.Tab("Draw", id="draw") as draw:
            drawing = drawing_pad(Image.open(SKETCHES[0]))
            sketches = example_row(SKETCHES, "Example sketches")
        with gr.Tab("Upload", id="upload") as uploads:
            upload = upload_box("Picture", height=400)
            photos = example_row(photographs, "Example photographs, made by this model")
    draw.select(lambda: (True, photo), None, [drawn, target], **PRIVATE)
    uploads.select(lambda: False, None, drawn, **PRIVATE)

    @target.input(inputs=target, outputs=tabs, **PRIVATE)
    def photographs_are_uploaded(goal):
        return gr.Tabs(selected="upload") if goal == SKETCH else gr.skip()

    @sketches.select(outputs=drawing, **PRIVATE)
    def lay_on_paper(chosen: gr.SelectData):
        return to_paper(Image.open(SKETCHES[chosen.index]))

    @photos.select(outputs=[upload, target], **PRIVATE)
    def take_photograph(chosen: gr.SelectData):
        return photographs[chosen.index], SKETCH

    return Page(model, start, target, Source(drawn, drawing, upload), tabs)
