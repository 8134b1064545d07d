"""Gradio's parts as this page uses them, whatever the tab."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from space.stored import store
from space.zerogpu import LENDS

TIMES = 4  # results are shown, and downloaded, this many times enlarged


def enlarge(image: Image.Image) -> Image.Image:
    """The picture `TIMES` times as large: a browser's own enlargement of 96 pixels is blurred."""
    size = (image.width * TIMES, image.height * TIMES)
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def to_file(data: bytes, name: str) -> str:
    """The path of a file for a part to offer, in gradio's cache, where it is deleted in time."""
    return store(data, name, get_upload_folder())


def own_file(path: str | Path) -> str:
    """A file of the page's own for a part to offer: gradio gives out none from outside of the
    folder that the page was started in.
    """
    return to_file(Path(path).read_bytes(), Path(path).name)


def file_name(words: str, suffix: str) -> str:
    """Words as a file's name, whatever a model's author wrote."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', words).strip('-')}.{suffix}"


def moved(slider: gr.Slider) -> Any:
    """The event of a slider that was moved: all the way, or its end where each asks for a GPU.

    From the keyboard, the end is that the number's box is left.
    """
    return slider.release if LENDS else slider.input


def seed_box(label: str, highest: int, **options: Any) -> gr.Number:
    """A seed from 0 to `highest`. One that is not whole is refused, where gradio would round it:
    the seed in sight is the one in use.
    """
    box = gr.Number(0, label=label, precision=0, minimum=0, maximum=highest, **options)
    rounded = box.preprocess

    def preprocess(number: Any) -> Any:
        if isinstance(number, float) and not number.is_integer():
            raise gr.Error(f"A seed is a whole number from 0 to {highest}, not {number}.")
        return rounded(number)

    box.preprocess = preprocess
    return box


def upload_box(label: str, height: int, first: str | None = None) -> gr.Image:
    """An upload whose value is the file's path, for the package to decode within its bounds.

    Gradio would open the file first, and answer a broken one with Pillow's words.
    """
    image = gr.Image(
        first,
        label=label,
        type="filepath",
        sources=["upload", "clipboard"],
        height=height,
        buttons=[],
    )
    image.preprocess = lambda payload: None if payload is None else payload.path
    return image


def several_pictures(label: str, visible: bool = True) -> gr.File:
    """An upload of several pictures, whose value is the list of their paths, empty without any."""
    box = gr.File(
        label=label, file_count="multiple", file_types=["image"], height=150, visible=visible
    )
    # Gradio would leave an empty file beside each of them.
    box.preprocess = lambda payload: [file.path for file in payload or ()]
    return box


def result_gallery(
    images: list[Image.Image] | list[str],
    label: str = "Results: click one to see it large",
    columns: int = 4,
    elem_id: str = "results",
) -> gr.Gallery:
    """A gallery in which a click shows one picture large, with its download."""
    return gr.Gallery(
        images,
        label=label,
        columns=columns,
        height="auto",
        object_fit="contain",
        format="png",
        interactive=False,
        buttons=["download", "fullscreen"],
        elem_id=elem_id,
    )


def example_row(pictures: list[str] | list[Image.Image], label: str) -> gr.Gallery:
    """A row of pictures to choose from; `select` says which.

    No gr.Dataset: its buttons have no names for a screen reader.
    """
    return gr.Gallery(
        pictures,
        label=label,
        columns=4,
        height="auto",
        format="png",
        allow_preview=False,
        interactive=False,
        buttons=[],
        elem_classes="examples",
    )


def what_the_model_saw(image: Image.Image) -> gr.Image:
    """The cleaned drawing, or the fitted photograph, small."""
    return gr.Image(
        image,
        label="What the model saw",
        alt_text="What the model saw",
        format="png",
        interactive=False,
        buttons=[],
        height=206,
        scale=0,
        min_width=180,
        elem_id="seen",
    )
