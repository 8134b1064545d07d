"""The page: one tab a function."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import gradio as gr
from PIL import Image

from space import inference
from space.pad import drawing_pad, from_paper, to_paper
from space.parts import TIMES, enlarge, example_row, result_gallery, upload_box, what_the_model_saw
from space.text import ABOUT, ABOUT_TITLE, ENDPOINT, HEADLINE

HERE = Path(__file__).parent
SKETCHES = [str(HERE / "examples" / f"{n}.png") for n in ("apple", "tomato", "cherry", "round")]
KEPT = 3600  # seconds; visitors' pictures are deleted once older, and looked for this often

LAUNCH = {
    "theme": gr.themes.Default(
        primary_hue="red",
        font=["system-ui", "sans-serif"],  # the visitor's own: nothing is fetched
        font_mono=["ui-monospace", "monospace"],
    ).set(block_info_text_color="*neutral_500"),  # Gradio's own is too pale to read
    "css_paths": HERE / "style.css",
    "footer_links": ["api", "gradio", "settings"],
    "run_history": False,
    "max_file_size": "20mb",
}

# For events that only the page itself has a use for.
PRIVATE = {"api_visibility": "private", "show_progress": "hidden", "queue": False}


class Inputs(NamedTuple):
    """The controls that a translation depends on."""

    drawn: gr.State  # whether the picture comes from the paper or from the upload
    drawing: gr.HTML
    upload: gr.Image
    target: gr.Radio
    num_styles: gr.Slider
    seed: gr.Number
    reference: gr.Image


class Outputs(NamedTuple):
    """What a translation fills."""

    gallery: gr.Gallery
    seen: gr.Image


def build(model: str) -> gr.Blocks:
    """The whole page, its first view already translated."""
    view = inference.first_view(model, SKETCHES[0])
    with gr.Blocks(title="Sketch to photograph", delete_cache=(KEPT, KEPT)) as page:
        gr.Markdown(HEADLINE)
        translate_tab(model, view)
        with gr.Accordion(ABOUT_TITLE):
            gr.Markdown(ABOUT.format(size=view.seen.width, times=TIMES))
    return page


def translate_tab(model: str, view: inference.Translation) -> None:
    """Draw or upload, pick the direction, see the results; and the endpoint /translate."""
    photo = inference.photo_domain(model)
    made = [enlarge(image) for image in view.images]
    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            target = gr.Radio(
                [
                    (f"Sketch → {photo}", photo),
                    (f"{photo.capitalize()} → sketch", inference.SKETCH),
                ],
                value=photo,
                label="Direction",
                elem_id="direction",
            )
            drawn, drawing, upload = _picture(target, photo, made[:4])
            run = gr.Button("Translate", variant="primary", elem_id="run")
        with gr.Column(scale=9, min_width=300):
            outputs, more, seed = _results(made, view.seen)
            num_styles, reference = _style(made[4:])
    inputs = Inputs(drawn, drawing, upload, target, num_styles, seed, reference)
    _connect(model, inputs, outputs, run, more)


def _picture(
    target: gr.Radio, photo: str, photographs: list[Image.Image]
) -> tuple[gr.State, gr.HTML, gr.Image]:
    """Paper and upload; the direction follows the choice between them, and the other way round."""
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
        return gr.Tabs(selected="upload") if goal == inference.SKETCH else gr.skip()

    @sketches.select(outputs=drawing, **PRIVATE)
    def lay_on_paper(chosen: gr.SelectData):
        return to_paper(Image.open(SKETCHES[chosen.index]))

    @photos.select(outputs=[upload, target], **PRIVATE)
    def take_photograph(chosen: gr.SelectData):
        return photographs[chosen.index], inference.SKETCH

    return drawn, drawing, upload


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


def _connect(model: str, inputs: Inputs, outputs: Outputs, run: gr.Button, more: gr.Button) -> None:
    def on_page(drawn, drawing, upload, *choices):
        with _said_to_the_visitor(upload, choices[-1]):
            image = from_paper(drawing) if drawn else upload
            result = inference.translate(model, image, *choices)
        images = [enlarge(image) for image in result.images]
        return gr.Gallery(images, selected_index=None), enlarge(result.seen)  # all, none large

    def endpoint(image, target, num_styles=8, seed=0, reference=None):
        with _said_to_the_visitor(image, reference):
            return inference.translate(model, image, target, num_styles, seed, reference).images

    page = {
        "fn": on_page,
        "inputs": [*inputs],
        "outputs": [*outputs],
        "show_progress_on": outputs.gallery,
        "api_visibility": "private",
    }
    gr.on([run.click, inputs.seed.submit], scroll_to_output=True, **page)
    next_seed = more.click(lambda seed: (seed or 0) + 1, inputs.seed, inputs.seed, **PRIVATE)
    next_seed.then(**page)
    gr.on(
        [],  # no control of the page starts it
        endpoint,
        [inputs.upload, *inputs[3:]],
        outputs.gallery,
        api_name="translate",
        api_description=ENDPOINT,
    )


@contextmanager
def _said_to_the_visitor(*files: str | None) -> Iterator[None]:
    """What the package refuses reaches the visitor, who knows a file by its name alone."""
    try:
        yield
    except ValueError as error:
        message = str(error)
        for file in filter(None, files):
            message = message.replace(file, Path(file).name)
        # Gradio shows messages as HTML, and a file's name is the visitor's own text.
        raise gr.Error(html.escape(message, quote=False), print_exception=False) from None
