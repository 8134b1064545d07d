"""Pictures that follow every move: as data URLs, which nobody but the visitor has to keep."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import gradio as gr
from PIL import Image

_SHOWN = 384  # pixels a side, of a smaller picture
# Handlebars, to which a value that a part in a hidden tab has not got yet is no error.
_PICTURE = """{{#if value}}<img src="{{{value}}}" alt="ALT">{{/if}}
{{#if note}}<p role="status">{{note}}</p>{{/if}}"""


def picture_box(alt: str, **options: Any) -> gr.HTML:
    """A box for a data URL, or for a `note` in its place."""
    return gr.HTML(
        "",
        html_template=_PICTURE.replace("ALT", alt),
        js_on_load=None,
        note="",
        apply_default_css=False,
        **options,
    )


def large(image: Image.Image) -> Image.Image:
    """A small picture enlarged: a browser's own enlargement is blurred."""
    side = max(image.size)
    if side >= _SHOWN:
        return image.convert("RGB")
    size = (image.width * _SHOWN // side, image.height * _SHOWN // side)
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def to_url(image: Image.Image) -> str:
    """A picture as a JPEG data URL: quicker to show than a file that is fetched."""
    data = BytesIO()
    image.save(data, "JPEG", quality=92)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()
