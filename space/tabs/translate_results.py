"""What a translation gave: results, before and after, the style of one, all as a zip."""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr
from PIL import Image

from space.kept import Kept, Style, archive, from_png, stem, style_of, to_png
from space.models import SKETCH, source_of
from space.page import PRIVATE, said_to_the_visitor
from space.parts import enlarge, result_gallery, to_file, what_the_model_saw


class Results(NamedTuple):
    """The parts that show a translation; `show` gives their values.

    kept: the translation, None before the first; chosen: the index of the result that the visitor
    looked at last.
    """

    kept: gr.State
    chosen: gr.State
    gallery: gr.Gallery
    seen: gr.Image
    compared: gr.ImageSlider
    use: gr.Button
    download: gr.DownloadButton


def results(start: Kept | None) -> Results:
    """The parts, showing `start`; a click on a result chooses it."""
    kept, chosen, gallery = gr.State(start), gr.State(0), result_gallery(_files(start))
    with gr.Row(equal_height=False):
        seen = what_the_model_saw(_seen(start))
        seen.visible = start is not None
        compared = gr.ImageSlider(
            _pair(start, 0),
            label="Input as the model saw it | result",
            format="png",
            interactive=False,
            buttons=["fullscreen"],
            visible=_is_photograph(start),
            min_width=240,  # on a phone, not beside what the model saw
            elem_id="compared",
        )
        with gr.Column(min_width=180):
            use = gr.Button(_use(0), visible=_has_style(start), elem_id="use")
            download = gr.DownloadButton(
                "Download all (zip)", _zip(start), visible=start is not None, elem_id="zip"
            )

    @gallery.select(inputs=kept, outputs=[chosen, compared, use], **PRIVATE)
    def choose(shown: Kept | None, result: gr.SelectData):
        with said_to_the_visitor():
            pair = _pair(shown, result.index) if _is_photograph(shown) else None
            return result.index, pair, _use(result.index)

    return Results(kept, chosen, gallery, seen, compared, use, download)


def show(kept: Kept) -> list:
    """The values of `Results` for a translation, its first result chosen and none large."""
    return [
        kept,
        0,
        gr.Gallery(_files(kept), selected_index=None),
        gr.Image(_seen(kept), visible=True),
        gr.ImageSlider(_pair(kept, 0), visible=_is_photograph(kept)),
        gr.Button(_use(0), visible=_has_style(kept)),
        gr.DownloadButton(value=_zip(kept), visible=True),
    ]


def chosen_style(kept: Kept, index: int) -> Style:
    """The style of the chosen result."""
    with said_to_the_visitor():
        return style_of(kept, index)


def _use(index: int) -> str:
    return f"Use the style of result {index + 1}"


def _has_style(kept: Kept | None) -> bool:
    return kept is not None and bool(kept.styles[0])


def _is_photograph(kept: Kept | None) -> bool:
    """Then it is shown before and after; a sketch has not a pixel in common with its result."""
    return kept is not None and source_of(kept.model, kept.target) != SKETCH


def _seen(kept: Kept | None) -> Image.Image | None:
    return None if kept is None else enlarge(from_png(kept.seen))


def _pair(kept: Kept | None, index: int) -> tuple[Image.Image, Image.Image] | None:
    """What the model saw, and a result. ValueError where there is no such result."""
    if kept is None:
        return None
    return enlarge(from_png(kept.seen)), enlarge(from_png(style_of(kept, index).picture))


def _files(kept: Kept | None) -> list[str]:
    """The results enlarged, as files under the names that a download gets."""
    return [
        to_file(to_png(enlarge(from_png(result))), f"{stem(kept)}-{number:02}.png")
        for number, result in enumerate(kept.results if kept else [], start=1)
    ]


def _zip(kept: Kept | None) -> str | None:
    return None if kept is None else to_file(archive(kept), f"{stem(kept)}.zip")
