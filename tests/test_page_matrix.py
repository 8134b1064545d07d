"""The papers' figure, made by a person in a real Chromium."""

import io

import pytest
from PIL import Image

from space.picture import SKETCHES
from tests.browser import (
    DESK,
    PHONE,
    changed,
    circle,
    draw_with_mouse,
    fits,
    message,
    source,
)

pytestmark = pytest.mark.browser
FIGURE, SIDE = "#matrix img", 128  # pixels of a cell: the tiny model's 32, enlarged


def open_tab(page):
    page.get_by_role("tab", name="Matrix").click()
    page.locator(FIGURE).wait_for()
    return page


def upload(page, box, *colors):
    """Uploads a picture of each color into the box of this label."""
    files = []
    for color in colors:
        data = io.BytesIO()
        Image.new("RGB", (50, 40), color).save(data, "PNG")
        files.append({"name": f"{color}.png", "mimeType": "image/png", "buffer": data.getvalue()})
    send(page, box, files)


def send(page, box, files):
    block = page.locator(".block", has=page.get_by_text(box)).last
    block.locator("input[type=file]").set_input_files(files)
    block.locator(".file-preview").wait_for()


def make(page):
    """Presses the button; the description of the figure that comes."""
    before = source(page, FIGURE)
    page.get_by_role("button", name="Make the figure").click()
    changed(page, FIGURE, before)
    return page.locator(FIGURE).get_attribute("alt")


def download(page):
    with page.expect_download() as file:
        page.get_by_role("button", name="Download the figure").click()
    assert file.value.suggested_filename == "contents-and-styles-model0-fruit.png"
    with Image.open(file.value.path()) as figure:
        return figure.convert("RGB")


def cells(figure):
    """How many columns and rows of translations a figure has."""
    return figure.width // SIDE - 1, figure.height // SIDE - 1


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_it_opens_with_examples_and_is_downloaded(visit, device):
    page = open_tab(visit(**device))
    assert "4 by 4 translations" in page.locator(FIGURE).get_attribute("alt")
    assert cells(download(page)) == (4, 4)
    assert fits(page)


def test_a_figure_of_another_picture_is_not_shown(visit):
    page = open_tab(visit(**DESK))
    first = source(page, FIGURE)
    page.get_by_role("tab", name="Translate").click()
    draw_with_mouse(page, circle(page, 0.2))
    page.get_by_role("tab", name="Matrix").click()
    changed(page, FIGURE, first)
    draw_with_mouse(page, circle(page, 0.1))
    page.locator("#matrix").wait_for(state="hidden")


def test_uploads_become_rows_and_columns(visit):
    page = open_tab(visit(**DESK))
    page.get_by_label("Example pictures below").uncheck()
    send(page, "Contents beside your picture", SKETCHES[1])
    page.get_by_label("Pictures that I upload").check()
    upload(page, "References: up to 6", "red", "lime", "blue")
    assert "2 by 3 translations" in make(page)
    figure = download(page)
    assert cells(figure) == (3, 2)
    heads = [figure.getpixel((int((i + 1.5) * (SIDE + 3)) + 6, SIDE // 2)) for i in range(3)]
    assert [max(range(3), key=head.__getitem__) for head in heads] == [0, 1, 2]


def test_seeds_stand_for_references(visit):
    page = open_tab(visit(**DESK))
    page.get_by_label("Random", exact=True).check()
    page.get_by_label("number input for Random styles").fill("2")
    page.get_by_label("First seed").fill("5")
    assert "the words seed 5, seed 6" in make(page)
    page.get_by_label("First seed").fill("1.5")
    page.get_by_role("button", name="Make the figure").click()
    assert "not 1.5" in message(page)


def test_a_broken_picture_gets_a_sentence_and_the_figure_stays(visit):
    page = open_tab(visit(**DESK))
    broken = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nno more"}
    send(page, "Contents beside your picture", [broken])
    page.get_by_role("button", name="Make the figure").click()
    assert "a.png is not a picture that can be read" in message(page)
    assert page.locator(FIGURE).is_visible()
