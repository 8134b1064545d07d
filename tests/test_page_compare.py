"""One picture through the page's models, in a real Chromium."""

import pytest

from munit_hub import CycleGanModel, MunitModel, UnitModel
from munit_hub.card_figures import put_results
from munit_hub.figures import eval_results_of
from tests.browser import DESK, PHONE, addresses, circle, draw_with_mouse, fits, message, others
from tests.conftest import start_page
from tests.tiny_models import tiny_model

pytestmark = pytest.mark.browser
GALLERIES = ".compared-model"
ONE = ".compared-model:has(.grid-container > :only-child)"  # of a model that has one output
SEVERAL = f".compared-model:not({ONE})"


def open_tab(page):
    page.get_by_role("tab", name="Compare").click()
    page.wait_for_function(
        """() => {
          const models = [...document.querySelectorAll(".compared-model")];
          const shown = models.filter(model => model.offsetParent);
          return shown.length && shown.every(model => model.querySelector("img"));
        }"""
    )
    return page


def changed(page, act, where=GALLERIES):
    """Does something; the addresses of the pictures there once all are others."""
    before = addresses(page, where)
    act()
    return others(page, before, where)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_the_models_of_the_same_domains_stand_side_by_side(visit, device):
    page = open_tab(visit(**device))
    titles = page.locator(f"{GALLERIES}:visible label").all_inner_texts()
    assert {"model0", "MUNIT edges to fruit"} <= {title.strip() for title in titles}
    assert not [title for title in titles if "TUNIT" in title]
    assert fits(page)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A page with a MUNIT, a UNIT and a CycleGAN, each with a measured figure in its card."""
    folder = tmp_path_factory.mktemp("three")
    for number, kind in enumerate((MunitModel, UnitModel, CycleGanModel)):
        place = folder / kind.__name__
        tiny_model(kind).save_pretrained(place)
        put_results(str(place), eval_results_of({"fid": ("FID", 12.5 + number)}, "not", "fruit"))
    named = ",".join(str(folder / kind.__name__) for kind in (MunitModel, UnitModel, CycleGanModel))
    with start_page(folder, MUNIT_HUB_MODEL=named, HF_HUB_OFFLINE="1") as page:
        yield page.url


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_measured_figures_stand_below(visit, three, device):
    page = open_tab(visit(three, **device))
    shown = page.locator(f"{GALLERIES}:visible")
    assert [shown.nth(i).locator("img").count() for i in range(3)] == [4, 1, 1]
    table = page.locator("#figures table")
    assert table.get_by_role("row", name="FID, on fruit 12.5 13.5 14.5").is_visible()
    line = table.locator("tbody th").first.evaluate(
        """cell => {
          const { borderTopColor: color, borderTopWidth: above, borderLeftWidth: beside } =
            getComputedStyle(cell);
          return [color, above, beside];
        }"""
    )
    assert line == ["rgb(228, 228, 231)", "1px", "0px"]
    assert fits(page)


def test_other_styles_and_another_drawing(visit):
    page = open_tab(visit(**DESK))
    other = page.get_by_role("button", name="Other styles")
    one = addresses(page, ONE)
    assert changed(page, other.click, SEVERAL)
    assert one and addresses(page, ONE) == one
    assert changed(page, lambda: draw_with_mouse(page, circle(page)))


def test_blank_paper_gets_a_sentence(visit):
    page = open_tab(visit(**DESK))
    page.get_by_role("button", name="Clear", exact=True).click()
    note = page.locator("#compared-note").get_by_text("There is no picture yet")
    note.wait_for()
    page.get_by_role("button", name="Other styles").click()
    assert "There is no picture yet" in message(page)
    draw_with_mouse(page, circle(page))
    note.wait_for(state="hidden")
    page.locator(f"{GALLERIES} img").first.wait_for()


def test_a_model_that_takes_any_picture_is_compared_with_none(visit):
    page = visit("?model=tunit-fruits10", draws=False, **DESK)
    page.wait_for_function("document.querySelectorAll('#direction input').length === 10")
    page.get_by_role("tab", name="Compare").wait_for(state="hidden")
