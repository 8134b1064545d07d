"""Files that gradio stores are whole for everybody who reads them.

It names them by their content, and writes over one that is there already while another visitor, who
sees the same picture, may be fetching it: his browser gets half of it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from gradio import processing_utils
from PIL import Image


def store_whole() -> None:
    """Let gradio store pictures and bytes by `store`."""
    writers: Any = processing_utils
    writers.save_pil_to_cache = _save_picture
    writers.save_bytes_to_cache = store


def store(data: bytes, file_name: str, cache_dir: str) -> str:
    """The path of a file with this content; one that is there already becomes new again."""
    folder = Path(cache_dir, processing_utils.hash_bytes(data)).resolve()
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / Path(file_name).name
    try:
        os.utime(file)  # by which its age counts
    except FileNotFoundError:
        _write(file, data)
    return str(file)


def _write(file: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as begun:
        begun.write(data)
    os.replace(begun.name, file)


def _save_picture(
    img: Image.Image, cache_dir: str, name: str = "image", format: str = "webp"
) -> str:
    data = processing_utils.encode_pil_to_bytes(img, format)
    return store(data, f"{name}.{format}", cache_dir)
