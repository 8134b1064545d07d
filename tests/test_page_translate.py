"""Styles, results and the session's history in the Translate tab, in a real Chromium."""

import io
import json
from zipfile import ZipFile

import pytest
from PIL import Image

from space.picture import PHOTOGRAPHS
from tests.browser import (
    DESK,
    PHONE,
    addresses,
    circle,
    draw_with_mouse,
    fits,
    ink,
    pictures,
    press_and_wait,
    wait_for_ink,
)

pytestmark = pytest.mark.browser
RESULTS, TILES, SEED = "#results .thumbnail-lg", "#session .thumbnail-lg", "#seed input"
BEGIN = "model0-fruit-seed0"


def shown(page, number, where=RESULTS):
    """The pictures there, once there are that many."""
    page.wait_for_function(
        "([where, n]) => document.querySelectorAll(where + ' img').length === n",
        arg=[where, number],
    )
    return pictures(addresses(page, where))


def vary(page, number):
    """Asks for so many variations; those that come."""
    page.get_by_label("number input for Variations").fill(str(number))
    page.get_by_role("button", name="Translate", exact=True).click()
    return shown(page, number)


def use(page, number):
    """Takes the style of a result, having looked at it."""
    page.locator(RESULTS).nth(number - 1).click()
    page.get_by_role("button", name=f"Use the style of result {number}").click()
    page.get_by_role("button", name="Let go of this style").wait_for()


def stroke(page):
    draw_with_mouse(page, circle(page, 0.2))
    return ink(page)


def zipped(page):
    """What the zip of all results holds, by file name."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all (zip)").click()
    assert download.value.suggested_filename == f"{BEGIN}.zip"
    with ZipFile(download.value.path()) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def translate_photograph(page):
    """Uploads a photograph and makes sketches of it."""
    page.get_by_label("Fruit → sketch").click()
    page.get_by_role("tab", name="Upload", selected=True).wait_for()
    page.locator("input[type=file]").first.set_input_files(PHOTOGRAPHS[1])
    page.get_by_label("Remove Image").wait_for()
    return pictures(press_and_wait(page, "Translate"))


def compared(page):
    """The addresses of the two pictures under the slider, and how much of the first shows."""
    images = page.locator("#compared img")
    images.nth(1).wait_for()
    clip = images.nth(1).evaluate("image => image.style.clipPath")  # inset(0px 0px 0px 50%)
    return [*addresses(page, "#compared"), float(clip.split()[-1].rstrip("%)"))]


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_as_many_variations_as_asked_for_are_all_in_the_zip(visit, device):
    page = visit(**device)
    assert len(set(vary(page, 16))) == 16
    assert fits(page)
    assert len(set(vary(page, 3))) == 3
    files = zipped(page)
    names = [f"{BEGIN}-{number:02}.png" for number in (1, 2, 3)]
    assert [*files] == [*names, f"{BEGIN}-input.png", f"{BEGIN}.json"]
    for name in names:
        with Image.open(io.BytesIO(files[name])) as result:
            assert result.size == (32, 32)  # the model's own, not enlarged
    assert json.loads(files[f"{BEGIN}.json"])["results"] == names


def test_the_dice_gives_other_results_and_their_seed_gives_them_again(visit):
    page = visit(**DESK)
    first = pictures(addresses(page))
    rolled = pictures(press_and_wait(page, "⚄ New seed"))
    seed = page.locator(SEED).input_value()
    assert set(rolled).isdisjoint(first) and seed != "0"
    page.locator(SEED).fill("0")
    assert pictures(press_and_wait(page, "Translate")) == first
    page.locator(SEED).fill(seed)
    assert pictures(press_and_wait(page, "Translate")) == rolled


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_style_is_used_for_another_drawing_until_it_is_let_go(visit, device):
    page = visit(**device)
    third = pictures(addresses(page))[2]
    use(page, 3)
    page.locator(SEED).wait_for(state="hidden")  # it decides nothing now
    page.get_by_role("button", name="Translate", exact=True).click()
    assert shown(page, 1) == [third]
    stroke(page)
    other = pictures(press_and_wait(page, "Translate"))
    assert len(other) == 1 and other != [third]
    assert fits(page)
    page.get_by_role("button", name="Let go of this style").click()
    page.locator(SEED).wait_for()
    assert len(vary(page, 8)) == 8
    shown(page, 3, TILES)
    page.locator(TILES).nth(2).click()  # the first translation in that style
    page.get_by_role("button", name="Let go of this style").wait_for()
    assert shown(page, 1) == [third]


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_photograph_is_seen_before_and_after(visit, device):
    page = visit(**device)
    translate_photograph(page)
    before, first, part = compared(page)
    assert page.locator("#seen").get_by_alt_text("What the model saw").is_visible()
    assert part == 50
    slider = page.locator("#compared [data-testid=slider]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 30, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    assert compared(page)[2] < 45
    assert fits(page)
    page.locator(RESULTS).nth(1).click()
    page.wait_for_function(
        "first => ![undefined, first].includes(document.querySelectorAll('#compared img')[1]?.src)",
        arg=first,
    )
    assert compared(page)[0] == before


def test_translations_that_are_asked_for_at_once_are_all_remembered(visit):
    page = visit(**DESK)
    page.get_by_role("button", name="Translate", exact=True).click()
    page.get_by_role("button", name="⚄ New seed").click()
    shown(page, 2, TILES)
    seed = page.locator(SEED).input_value()
    captions = page.locator("#session .caption-label").all_inner_texts()
    assert captions == [f"seed {seed}", "seed 0"]
    assert len(shown(page, 8)) == 8


def test_a_translation_by_a_seed_comes_back_without_the_reference(visit):
    page = visit(**DESK)
    first = vary(page, 8)
    page.get_by_role("button", name="Reference picture").click()
    page.locator(".examples", has_text="Examples, made").get_by_role("button").last.click()
    page.get_by_label("Remove Image").wait_for()
    page.locator(SEED).wait_for(state="hidden")
    press_and_wait(page, "Translate")
    shown(page, 2, TILES)
    page.locator(TILES).nth(1).click()
    assert shown(page, 8) == first
    page.locator(SEED).wait_for()
    assert len(vary(page, 3)) == 3


def test_an_earlier_translation_comes_back_with_all_that_made_it(visit):
    page = visit(**DESK)
    example, first = ink(page), vary(page, 8)
    shown(page, 1, TILES)
    assert stroke(page) != example
    page.get_by_label("number input for Variations").fill("5")
    page.get_by_role("button", name="⚄ New seed").click()
    assert set(shown(page, 5)).isdisjoint(first)
    sketches = translate_photograph(page)
    shown(page, 3, TILES)
    page.locator(TILES).nth(2).click()
    assert shown(page, 8) == first
    page.get_by_role("tab", name="Draw", selected=True).wait_for()
    wait_for_ink(page, example)
    assert page.get_by_label("Sketch → fruit").is_checked()
    assert page.locator(SEED).input_value() == "0"
    assert page.get_by_label("number input for Variations").input_value() == "8"
    page.locator(TILES).nth(0).click()
    assert shown(page, 5) == sketches
    page.get_by_role("tab", name="Upload", selected=True).wait_for()
    assert page.get_by_label("Fruit → sketch").is_checked()
    assert page.get_by_label("Remove Image").is_visible()
    page.get_by_role("button", name="Clear this session").click()
    page.locator(TILES).first.wait_for(state="hidden")
    assert shown(page, 5) == sketches  # what is on the page stays
