"""Paper to draw on at once, as a gradio component; its value travels as a PNG data URL.

Gradio's own ImageEditor opens in its upload tool unless it holds a picture, lays its tools over a
third of a phone's paper, and needs WebGL.
"""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import gradio as gr
from PIL import Image

PAPER = 512  # pixels a side
_HEADER = "data:image/png;base64,"
_LARGEST = 4 * 2**20  # characters; paper full of scribble needs a tenth
_SCRIPT = Path(__file__).parent / "drawing.js"
_SHEET = f"""
<div class="pad">
  <canvas width="{PAPER}" height="{PAPER}" tabindex="0" role="img" aria-label="Drawing paper: draw
 with mouse, pen or finger; Control Z undoes. Without a pointer, take an example or upload a
 picture."></canvas>
  <div class="pad-tools" role="toolbar" aria-label="Drawing tools">
    <button type="button" data-tool="undo">Undo</button>
    <button type="button" data-tool="erase" aria-pressed="false">Eraser</button>
    <button type="button" data-tool="clear">Clear</button>
  </div>
</div>
"""


def drawing_pad(sketch: Image.Image) -> gr.HTML:
    """White paper that shows a square sketch until somebody draws."""
    return gr.HTML(
        to_paper(sketch),
        html_template=_SHEET,
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="drawing",
    )


def to_paper(sketch: Image.Image) -> str:
    """A square picture as what the browser lays on the paper."""
    data = BytesIO()
    sketch.resize((PAPER, PAPER), Image.Resampling.LANCZOS).save(data, "PNG")
    return _HEADER + base64.b64encode(data.getvalue()).decode()


def from_paper(value: str | None) -> Image.Image | None:
    """What the browser sent, not yet decoded as a picture; None for blank paper.

    ValueError for what no paper sends.
    """
    if not value:
        return None
    try:
        if not value.startswith(_HEADER) or len(value) > _LARGEST:
            raise ValueError("not from the paper")
        data = base64.b64decode(value.removeprefix(_HEADER), validate=True)
        return Image.open(BytesIO(data), formats=["PNG"])
    except (ValueError, OSError, Image.DecompressionBombError):
        raise ValueError("The drawing did not arrive whole; draw it again.") from None
