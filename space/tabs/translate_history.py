"""The last translations of a visitor's session as a strip; a click brings one back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import gradio as gr
from PIL import Image

from munit_hub.image_processor import open_image
from space.history import Past
from space.kept import Kept, Style, from_png, style_of
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import to_file

_TILE = 192  # pixels a side
_INSET = 72
_LARGE = 2**17  # bytes of an upload, up to which it is remembered as it came
_SIDE = 768  # pixels of what is remembered of a larger one


class Strip(NamedTuple):
    """The parts of the strip; `strip_of` gives their values."""

    past: gr.State
    tiles: gr.Gallery
    clear: gr.Button


def history_strip(page: Page) -> Strip:
    """The strip, of the model that is chosen; it is hidden while there is nothing in it."""
    past = gr.State([])
    tiles = gr.Gallery(
        label="This session: click one to bring it back",
        columns=6,
        height="auto",
        allow_preview=False,
        interactive=False,
        buttons=[],
        visible=False,
        elem_id="session",
    )
    clear = gr.Button("Clear this session", size="sm", visible=False, elem_id="clear-session")
    strip = Strip(past, tiles, clear)
    clear.click(lambda model: strip_of([], model), page.model, [*strip], **PRIVATE)
    page.model.change(strip_of, [past, page.model], [*strip], **PRIVATE)
    return strip


def past_of(kept: Kept, num_styles: int, drawing: str, upload: str) -> Past:
    """A translation as it is remembered, with the paper or the upload that it is of."""
    if kept.drawn:
        return Past(kept, num_styles, drawing=drawing)
    data, name = _to_remember(Path(upload))
    return Past(kept, num_styles, upload=data, file_name=name)


def _to_remember(upload: Path) -> tuple[bytes, str]:
    """An upload and its name; a large one as a picture still larger than what a model sees."""
    data = upload.read_bytes()
    if len(data) <= _LARGE:
        return data, upload.name
    picture, small = open_image(upload), BytesIO()
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    picture.save(small, "WEBP", quality=85)
    return small.getvalue(), f"{upload.stem}.webp"


def strip_of(past: list[Past], model: str) -> list:
    """The values of `Strip`."""
    tiles = [(_tile(one.kept), _caption(one)) for one in _of(past, model)]
    there = bool(tiles)
    return [past, gr.Gallery(tiles, visible=there, selected_index=None), gr.Button(visible=there)]


def chosen_past(past: list[Past], model: str, index: int) -> Past:
    """The translation of a tile."""
    with said_to_the_visitor():
        there = _of(past, model)
        if not 0 <= index < len(there):
            raise ValueError("This translation is kept no longer.")
        return there[index]


def source_of(one: Past) -> list:
    """The values of the paper, the upload and which of them is in use."""
    if one.kept.drawn:
        return [True, one.drawing, gr.skip(), gr.Tabs(selected="draw")]
    return [False, gr.skip(), to_file(one.upload, one.file_name), gr.Tabs(selected="upload")]


def style_again(one: Past) -> Style | None:
    """The style that must be in use for the same results; None where a seed decides."""
    decided = one.kept.seed is None and one.kept.styles[0]
    return style_of(one.kept, 0) if decided else None


def _of(past: list[Past], model: str) -> list[Past]:
    return [one for one in past if one.kept.model == model]


def _tile(kept: Kept) -> Image.Image:
    """The first result, the input in its corner."""
    tile = from_png(kept.results[0]).convert("RGB").resize((_TILE, _TILE), Image.Resampling.LANCZOS)
    inset = from_png(kept.seen).convert("RGB").resize((_INSET, _INSET), Image.Resampling.LANCZOS)
    tile.paste(inset, (0, 0))
    return tile


def _caption(one: Past) -> str:
    return one.kept.target if one.kept.seed is None else f"seed {one.kept.seed}"
