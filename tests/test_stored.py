"""What gradio stores while somebody else reads it."""

from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("gradio")

from gradio import processing_utils

from space.stored import store, store_whole


@pytest.fixture(autouse=True)
def stored_whole(monkeypatch):
    for name in ("save_pil_to_cache", "save_bytes_to_cache"):
        monkeypatch.setattr(processing_utils, name, getattr(processing_utils, name))
    store_whole()


def test_the_same_picture_again_leaves_its_file_alone(tmp_path):
    picture = Image.new("RGB", (20, 10), "red")
    first = Path(processing_utils.save_pil_to_cache(picture, str(tmp_path), format="png"))
    written = first.stat()
    again = processing_utils.save_pil_to_cache(picture, str(tmp_path), format="png")
    assert (again, first.stat().st_ino) == (str(first), written.st_ino)
    assert first.stat().st_ctime_ns > written.st_ctime_ns  # it is kept for longer
    with Image.open(first) as read:
        assert (first.name, read.size, read.getpixel((0, 0))) == (
            "image.png",
            (20, 10),
            (255, 0, 0),
        )
    assert [file.name for file in first.parent.iterdir()] == ["image.png"]


def test_a_files_name_leads_nowhere(tmp_path):
    file = Path(store(b"data", "../../../evil.png", str(tmp_path)))
    assert file.read_bytes() == b"data" and file.name == "evil.png"
    assert file.is_relative_to(tmp_path)
