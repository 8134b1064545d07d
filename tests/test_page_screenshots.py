"""The pictures of docs/page.md: the page with its bundled models, taken only when asked.

MUNIT_HUB_SCREENSHOTS=docs/images/page .venv/bin/python -m pytest tests/test_page_screenshots.py
"""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.browser import DESK, PHONE, fits
from tests.conftest import ROOT, start_page

ASKED = os.environ.get("MUNIT_HUB_SCREENSHOTS")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not ASKED, reason="MUNIT_HUB_SCREENSHOTS names no folder"),
]
# By the name of the picture: the link; and where, and how many, pictures must be before it is taken
TABS = {
    "translate": ("?seed=7", "#session", 1),
    "styles": ("?tab=styles", "#style-map", 1),
    "matrix": ("?tab=matrix", "#matrix", 1),
    "domains": ("?model=tunit-fruits10&target=9&tab=domains", "#domain-means", 10),
    "compare": ("?tab=compare", ".compared-model", 10),
}
LARGEST = 130_000  # bytes of a picture; most have less, and the twenty not 2 MB
THERE = "([where, n]) => document.querySelectorAll(`${where} img`).length >= n"
# Pictures out of sight are not fetched before somebody scrolls there.
STILL = """() => {
  for (const image of document.images) image.loading = "eager";
  return [...document.images].every(image => image.complete && image.naturalWidth)
    && ![...document.querySelectorAll(".eta-bar, .progress-text")].some(e => e.checkVisibility());
}"""


@pytest.fixture(scope="module")
def running_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    models = os.environ.get("MUNIT_HUB_MODEL", "")
    with start_page(folder, MUNIT_HUB_MODEL=models, HF_HUB_OFFLINE="1") as page:
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("tab", TABS)
def test_a_tab_is_taken(visit, tab, device, scheme):
    link, where, number = TABS[tab]
    page = visit(link, draws=tab != "domains", **device, color_scheme=scheme)
    page.wait_for_function(THERE, arg=[where, number])
    page.wait_for_function(STILL)
    assert fits(page)
    picture = page.screenshot(full_page=True, scale="css", animations="disabled")
    save(picture, f"{tab}-{page.viewport_size['width']}-{scheme}")


def save(picture, name):
    file = ROOT / Path(ASKED, f"{name}.webp")
    file.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(picture)) as image:
        image.save(file, quality=65, method=6)
    assert file.stat().st_size < LARGEST
