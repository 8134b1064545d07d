"""Moving through the space of styles, in a real Chromium."""

import pytest
from PIL import Image

from munit_hub import UnitModel
from space.picture import SKETCHES
from tests.browser import (
    DESK,
    PHONE,
    changed,
    circle,
    draw_with_mouse,
    fits,
    message,
    pictures,
    source,
)
from tests.conftest import start_page
from tests.tiny_models import tiny_model

pytestmark = pytest.mark.browser
PICTURE, MAP = "#style-picture img", "#style-map img"


def open_tab(page):
    page.get_by_role("tab", name="Style space").click()
    page.locator(MAP).wait_for()
    page.locator(".walk-end img").nth(1).wait_for()
    return page


def sliders(page):
    return page.locator("#style-values").get_by_role("slider")


def values(page):
    return [float(slider.input_value()) for slider in sliders(page).all()]


def place(page):
    """Where the mark is on the map, from -1 to 1."""
    return page.evaluate(
        """() => {
          const { left, top } = document.querySelector("#style-map i").style;
          return [parseFloat(left) / 50 - 1, 1 - parseFloat(top) / 50];
        }"""
    )


def mark_moves(page, before):
    page.wait_for_function(
        """before => {
          const mark = document.querySelector("#style-map i");
          return mark && mark.style.left !== before;
        }""",
        arg=f"{50 + 50 * before[0]}%",
    )


def click_map(page, x, y):
    box = page.locator(".sheet").bounding_box()
    at = {"x": box["width"] * (1 + x) / 2, "y": box["height"] * (1 - y) / 2}
    page.locator(".sheet").click(position=at)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_the_tab_opens_with_a_picture_and_a_map(visit, device, scheme):
    page = open_tab(visit(**device, color_scheme=scheme))
    assert page.locator(PICTURE).is_visible()
    assert page.locator("#style-map circle").count() == 200
    assert sliders(page).count() == 8
    assert page.get_by_text("the plane in which random styles differ most").is_visible()
    assert fits(page)


def test_a_slider_moves_the_picture_and_its_mark(visit):
    page = open_tab(visit(**DESK))
    picture, mark, before = source(page, PICTURE), place(page), values(page)
    for _ in range(10):
        sliders(page).first.press("ArrowRight")
    changed(page, PICTURE, picture)
    mark_moves(page, mark)
    assert values(page)[0] == pytest.approx(before[0] + 0.5, abs=0.03)
    assert values(page)[1:] == before[1:]


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_click_on_the_map_goes_there(visit, device):
    page = open_tab(visit(**device))
    picture, before = source(page, PICTURE), values(page)
    click_map(page, 0.5, -0.4)
    changed(page, PICTURE, picture)
    assert place(page) == pytest.approx([0.5, -0.4], abs=0.03)
    assert sum(a != b for a, b in zip(values(page), before, strict=True)) > 4
    assert float(page.get_by_label("slider for Map: up").input_value()) == pytest.approx(
        place(page)[1]
    )
    box = page.locator(PICTURE).bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] < device["viewport"]["height"]  # in sight


def test_the_keyboard_moves_over_the_map(visit):
    page = open_tab(visit(**DESK))
    picture, before = source(page, PICTURE), values(page)
    for _ in range(20):
        page.get_by_label("slider for Map: across").press("ArrowRight")
    changed(page, PICTURE, picture)
    page.wait_for_function("parseFloat(document.querySelector('#style-map i')?.style.left) > 58")
    assert values(page) != before


def test_random_zero_and_the_style_of_a_picture(visit):
    page = open_tab(visit(**DESK))
    picture = source(page, PICTURE)
    page.get_by_role("button", name="Random", exact=True).click()
    picture = changed(page, PICTURE, picture)
    assert len(set(values(page))) > 4
    page.get_by_role("button", name="All zero").click()
    picture = changed(page, PICTURE, picture)
    assert values(page) == [0] * 8
    page.get_by_role("button", name="Go to the style of a picture").click()
    page.locator("#style-space .examples").get_by_role("button").nth(1).click()
    changed(page, PICTURE, picture)
    assert values(page) != [0] * 8


def test_a_stroke_is_seen_at_once(visit):
    page = open_tab(visit(**DESK))
    before = [source(page, where) for where in (PICTURE, MAP, ".walk-end img")]
    draw_with_mouse(page, circle(page, 0.2))
    for where, picture in zip((PICTURE, MAP, ".walk-end img"), before, strict=True):
        changed(page, where, picture)


def test_the_picture_is_that_of_the_sheet_in_sight(visit):
    page = open_tab(visit(**DESK))
    sheets = page.locator("#sheets")
    drawn = {where: source(page, where) for where in (PICTURE, MAP, ".walk-end img")}
    sheets.get_by_role("tab", name="Upload").click()
    page.locator("#style-picture").get_by_text("There is no picture yet").wait_for()
    sheets.locator("input[type=file]").first.set_input_files(SKETCHES[2])
    page.locator(PICTURE).wait_for()
    for where, picture in drawn.items():
        changed(page, where, picture)
    sheets.get_by_role("tab", name="Draw").click()
    for where, picture in drawn.items():
        page.wait_for_function(
            "([where, src]) => document.querySelector(where)?.src === src", arg=[where, picture]
        )


def test_a_stroke_in_another_tab_asks_for_nothing(visit):
    page = open_tab(visit(**DESK))
    page.get_by_role("tab", name="Translate").click()
    page.locator("#style-picture").wait_for(state="hidden")
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "/queue/join" in r.url else None)
    draw_with_mouse(page, circle(page, 0.2))
    page.wait_for_timeout(500)
    assert asked == []
    picture = source(page, PICTURE)
    page.get_by_role("tab", name="Style space").click()
    changed(page, PICTURE, picture)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_walk_is_a_strip_and_a_moving_picture(visit, device):
    page = open_tab(visit(**device))
    first = source(page, ".walk-end img")
    page.get_by_role("button", name="Random", exact=True).click()
    page.get_by_role("button", name="Begin here").click()
    changed(page, ".walk-end img", first)
    page.get_by_label("number input for Pictures on the way").fill("5")
    page.get_by_role("button", name="Walk", exact=True).click()
    page.wait_for_function(
        "document.querySelectorAll('#walk-strip .thumbnail-lg img').length === 5"
    )
    strip = page.eval_on_selector_all("#walk-strip .thumbnail-lg img", "i => i.map(x => x.src)")
    assert len(set(pictures(strip))) == 5
    page.locator("#walk-film img").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the moving picture").click()
    assert download.value.suggested_filename == "walk-through-styles-model0-fruit.webp"
    with Image.open(download.value.path()) as film:
        assert (film.format, film.size) == ("WEBP", (384, 384))
        assert film.n_frames >= 5  # as many as the strip; neighbours may be equal, and are one
    assert fits(page)


def test_two_random_ends_are_walked_between_and_come_again_with_their_seed(visit):
    page = open_tab(visit(**DESK))
    seed = page.get_by_label("Seed: the same again, the same ends")
    first, found = source(page, ".walk-end img"), []
    for _ in range(2):
        page.get_by_role("button", name="Two random ends").click()
        first = changed(page, ".walk-end img", first)
        found.append((seed.input_value(), first))
    assert len({number for number, _ in found} | {"0"}) == 3
    page.locator("#walk-strip .thumbnail-lg img").nth(7).wait_for()
    seed.fill(found[0][0])
    seed.press("Enter")
    assert changed(page, ".walk-end img", first) == found[0][1]


def test_a_found_domain_has_directions(visit):
    page = visit("?model=tunit-fruits10&tab=styles", **DESK)
    page.locator(MAP).wait_for()
    page.get_by_label("slider for Direction 8").wait_for()
    assert page.get_by_text("in which styles of real pictures differ most").first.is_visible()
    assert page.locator("#style-map circle").count() == 150
    before, picture = values(page), source(page, PICTURE)
    page.get_by_label("4", exact=True).check()
    changed(page, PICTURE, picture)
    assert values(page) != before  # the mean style of that domain


def test_blank_paper_gets_a_sentence_in_the_place_of_the_picture(visit):
    page = open_tab(visit(**DESK))
    mark = place(page)
    page.get_by_role("button", name="Clear").click()
    page.locator("#style-picture").get_by_text("There is no picture yet").wait_for()
    for _ in range(10):
        sliders(page).first.press("ArrowRight")
    mark_moves(page, mark)
    assert page.locator(".toast-body").count() == 0
    page.get_by_role("button", name="Walk", exact=True).click()
    assert "There is no picture yet" in message(page)
    draw_with_mouse(page, circle(page))
    page.locator(PICTURE).wait_for()
    assert page.locator("#style-picture p").count() == 0


def test_a_model_without_styles_has_no_such_tab(visit, tmp_path, tiny_sketch_model):
    tiny_model(UnitModel).save_pretrained(tmp_path / "unit")
    both = f"{tmp_path / 'unit'},{tiny_sketch_model}"
    with start_page(tmp_path, MUNIT_HUB_MODEL=both, HF_HUB_OFFLINE="1") as running:
        page = visit(running.url, **DESK)
        tab = page.get_by_role("tab", name="Style space")
        assert not tab.is_visible()
        page.get_by_label("Model", exact=True).click()
        page.get_by_role("option").nth(1).click()
        tab.wait_for()
        open_tab(page)
        assert sliders(page).count() == 8
        page.get_by_label("Model", exact=True).click()
        page.get_by_role("option").nth(0).click()
        tab.wait_for(state="hidden")
        page.get_by_role("tab", name="Translate", selected=True).wait_for()
        page.close()  # before its server goes
