"""The tab that translates the visitor's picture; and the endpoint /translate."""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr
from PIL import Image

from space import inference
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import enlarge, example_row, result_gallery, upload_box, what_the_model_saw
from space.picture import picked
from space.text import ENDPOINT


class Choices(NamedTuple):
    """The controls of this tab that a translation depends on."""

    num_styles: gr.Slider
    seed: gr.Number
    reference: gr.Image


class Outputs(NamedTuple):
    """What a translation fills."""

    gallery: gr.Gallery
    seen: gr.Image


def translate_tab(page: Page, view: inference.Translation) -> None:
    """Results, seed and number of styles, a reference; opens with `view`."""
    made = [enlarge(image) for image in view.images]
    run = gr.Button("Translate", variant="primary", elem_id="run")
    outputs, more, seed = _results(made, view.seen)
    num_styles, reference = _style(made[4:])
    _connect(page, Choices(num_styles, seed, reference), outputs, run, more)


def _results(made: list[Image.Image], seen: Image.Image) -> tuple[Outputs, gr.Button, gr.Number]:
    gallery = result_gallery(made)
    with gr.Row(equal_height=False):
        saw = what_the_model_saw(enlarge(seen))
        with gr.Column(min_width=130):
            seed = gr.Number(
                0,
                label="Seed",
                info="The same seed, the same styles; More takes the next.",
                precision=0,
                minimum=0,
                maximum=inference.MAX_SEED,
            )
            more = gr.Button("More", elem_id="more")
    return Outputs(gallery, saw), more, seed


def _style(photographs: list[Image.Image]) -> tuple[gr.Slider, gr.Image]:
    with gr.Accordion("Number of styles · exemplar", open=False):
        num_styles = gr.Slider(1, inference.MAX_STYLES, value=8, step=1, label="Number of styles")
        reference = upload_box("Exemplar: one result in its style", height=200)
        exemplars = example_row(photographs, "Exemplars, made by this model")

        @exemplars.select(outputs=reference, **PRIVATE)
        def take_exemplar(chosen: gr.SelectData):
            return photographs[chosen.index]

    return num_styles, reference


def _connect(
    page: Page, choices: Choices, outputs: Outputs, run: gr.Button, more: gr.Button
) -> None:
    def on_page(model, drawn, drawing, upload, *rest):
        with said_to_the_visitor(upload, rest[-1]):
            result = inference.translate(model, picked(drawn, drawing, upload), *rest)
        images = [enlarge(image) for image in result.images]
        return gr.Gallery(images, selected_index=None), enlarge(result.seen)  # all, none large

    def endpoint(image, target, num_styles=8, seed=0, reference=None):
        with said_to_the_visitor(image, reference):
            return inference.translate(
                page.start, image, target, num_styles, seed, reference
            ).images

    translation = {
        "fn": on_page,
        "inputs": [page.model, *page.source, page.target, *choices],
        "outputs": [*outputs],
        "show_progress_on": outputs.gallery,
        "api_visibility": "private",
    }
    gr.on([run.click, choices.seed.submit], scroll_to_output=True, **translation)
    next_seed = more.click(lambda seed: (seed or 0) + 1, choices.seed, choices.seed, **PRIVATE)
    next_seed.then(**translation)
    gr.on(
        [],  # no control of the page starts it
        endpoint,
        [page.source.upload, page.target, *choices],
        outputs.gallery,
        api_name="translate",
        api_description=ENDPOINT,
    )
