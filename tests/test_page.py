"""What a person does on the page, in a real Chromium, at a desk and on a phone."""

import io

import pytest
from PIL import Image

from tests.browser import (
    DESK,
    PHONE,
    addresses,
    circle,
    draw_with_finger,
    draw_with_mouse,
    fits,
    ink,
    message,
    pictures,
    press_and_wait,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_the_first_view_is_a_translated_example(visit, device, scheme):
    page = visit(**device, color_scheme=scheme)
    assert ink(page) > 1000
    assert len(set(pictures(addresses(page)))) == 8
    assert len(addresses(page, "#seen")) == 1
    assert fits(page)


def test_a_mouse_draws_at_once_and_sees_eight_pictures(visit):
    page = visit(**DESK)
    before = ink(page)
    draw_with_mouse(page, circle(page))
    assert 0 < ink(page) != before
    found = pictures(press_and_wait(page, "Translate"))
    assert len(set(found)) == 8
    assert Image.open(io.BytesIO(found[0])).size == (128, 128)  # the tiny model's 32, enlarged


def test_a_finger_draws_at_once_and_sees_eight_pictures(visit):
    page = visit(**PHONE)
    stroke = circle(page)
    scrolled = page.evaluate("scrollY")
    draw_with_finger(page, stroke)
    assert page.evaluate("scrollY") == scrolled
    assert len(set(pictures(press_and_wait(page, "Translate")))) == 8
    assert fits(page)


def test_the_first_stroke_replaces_the_example_and_undo_brings_it_back(visit):
    page = visit(**DESK)
    example = ink(page)
    draw_with_mouse(page, circle(page, 0.1))
    small = ink(page)
    assert small < example / 2
    draw_with_mouse(page, circle(page, 0.2))
    assert ink(page) > small
    page.get_by_role("button", name="Undo").click()
    assert ink(page) == small
    page.locator("#drawing canvas").press("Control+z")
    assert ink(page) == example
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_the_eraser_and_clear_take_ink_away(visit):
    page = visit(**DESK)
    draw_with_mouse(page, circle(page))
    drawn = ink(page)
    page.get_by_role("button", name="Eraser").click()
    draw_with_mouse(page, circle(page)[:8])
    assert 0 < ink(page) < drawn
    page.get_by_role("button", name="Clear").click()
    assert ink(page) == 0


def test_a_result_is_seen_large_and_downloaded(visit):
    page = visit(**DESK)
    small = page.locator("#results .thumbnail-lg").first.bounding_box()
    page.get_by_role("button", name="Thumbnail 3 of 8").first.click()
    large = page.get_by_test_id("detailed-image")
    large.wait_for()
    assert large.bounding_box()["height"] > small["height"]
    with page.expect_download() as download:
        page.locator("#results").get_by_role("button", name="Download").first.click()
    with Image.open(download.value.path()) as downloaded:
        assert downloaded.size == (128, 128)
    page.locator("#results").get_by_role("button", name="Close").click()
    large.wait_for(state="detached")


def test_an_example_lies_on_the_paper_when_chosen(visit):
    page = visit(**DESK)
    before = ink(page)
    page.locator(".examples", has_text="sketches").get_by_role("button").nth(2).click()
    page.get_by_role("button", name="Undo", disabled=False).wait_for()  # the paper has changed
    press_and_wait(page, "Translate")
    chosen = ink(page)
    assert chosen != before
    draw_with_mouse(page, circle(page, 0.1))
    assert ink(page) > chosen  # what was chosen is drawn on, not replaced


def test_a_photograph_becomes_sketches(visit):
    page = visit(**DESK)
    page.get_by_label("Fruit → sketch").click()
    page.get_by_role("tab", name="Upload", selected=True).wait_for()
    photo = io.BytesIO()
    Image.new("RGB", (80, 60), "tomato").save(photo, "JPEG")
    upload = {"name": "tomato.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    page.locator("input[type=file]").first.set_input_files(upload)
    page.get_by_label("Remove Image").wait_for()
    assert len(set(pictures(press_and_wait(page, "Translate")))) == 8
    page.get_by_role("tab", name="Draw").click()
    page.wait_for_function("document.querySelector('#direction input').checked")  # to fruit again


def test_a_reference_gives_the_style_of_one_picture(visit):
    page = visit(**DESK)
    page.get_by_role("button", name="Reference picture").click()
    page.locator(".examples", has_text="Examples, made").get_by_role("button").last.click()
    page.get_by_label("Remove Image").wait_for()
    page.get_by_role("button", name="Thumbnail 8 of 8").first.click()
    page.get_by_test_id("detailed-image").wait_for()
    assert len(press_and_wait(page, "Translate")) == 1
    assert page.get_by_test_id("detailed-image").count() == 0


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_blank_paper_gets_a_sentence_and_the_results_stay(visit, device):
    page = visit(**device)
    before = addresses(page)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Translate", exact=True).click()
    assert "There is no picture yet" in message(page)
    assert addresses(page) == before
    assert page.locator("#results .thumbnail-lg").first.is_visible()


def test_a_broken_upload_gets_a_sentence(visit, running_page):
    page, before = visit(**DESK), len(running_page.log.read_text())
    page.get_by_role("tab", name="Upload").click()
    broken = {"name": "a<b>.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nno more"}
    page.locator("input[type=file]").first.set_input_files(broken)
    page.get_by_label("Remove Image").wait_for()
    page.get_by_role("button", name="Translate", exact=True).click()
    assert "is not a picture that can be read" in message(page)
    assert "Traceback" not in running_page.log.read_text()[before:]
