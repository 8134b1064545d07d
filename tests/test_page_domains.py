"""The domains that a model found, as a person finds their way between them in a real Chromium."""

import pytest

from space.picture import PHOTOGRAPHS
from tests.browser import DESK, PHONE, changed, fits, source

pytestmark = pytest.mark.browser
LINK = "?model=tunit-fruits10&tab=domains"
SHOWN = "#domain-picture img"


def open_tab(visit, device):
    page = visit(LINK, draws=False, **device)
    page.wait_for_function("document.querySelectorAll('#domain-means img').length === 10")
    page.locator(SHOWN).wait_for()
    return page


def moved(page, act):
    """Does something; the picture's address once it is another."""
    before = source(page, SHOWN)
    act()
    return changed(page, SHOWN, before)


def settled(page, act):
    """As `moved`, but the last of the pictures that may come: domain and way change by turns."""
    last = moved(page, act)
    while True:
        page.wait_for_timeout(1500)
        if (found := source(page, SHOWN)) == last:
            return last
        last = found


def chosen(page):
    return page.locator("#direction label:has(input:checked)").inner_text()


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_click_on_a_domain_goes_there(visit, device):
    page = open_tab(visit, device)
    assert page.locator("#domain-sheets img").count() == 10
    assert "7: 563" in page.locator("#domain-sheets").inner_text()
    means = page.locator("#domain-means button:has(img)")
    seventh = moved(page, lambda: page.locator("#domain-sheets button:has(img)").nth(7).click())
    assert chosen(page) == "7"
    assert moved(page, lambda: means.nth(2).click()) != seventh
    assert chosen(page) == "2"
    assert fits(page)


def test_how_far_leads_from_the_mean_to_a_reference(visit):
    page = open_tab(visit, DESK)
    slider = page.get_by_label("number input for How far from the domain's mean")
    mean = source(page, SHOWN)
    box = page.locator("#domain-way input[type=file]").first
    reference = moved(page, lambda: box.set_input_files(PHOTOGRAPHS[2]))

    def go(how_far):
        slider.fill(how_far)
        slider.press("Enter")

    half = moved(page, lambda: go("0.5"))
    assert len({mean, half, reference}) == 3
    assert moved(page, lambda: go("0")) == mean


def test_a_domain_is_gone_to_with_a_reference_too(visit):
    page = open_tab(visit, DESK)
    slider = page.get_by_label("slider for How far from the domain's mean")
    assert slider.is_disabled()  # without a reference there is nowhere to go
    box = page.locator("#domain-way input[type=file]").first
    moved(page, lambda: box.set_input_files(PHOTOGRAPHS[2]))
    assert slider.is_enabled() and slider.input_value() == "1"
    means = page.locator("#domain-means button:has(img)")
    second = settled(page, lambda: means.nth(2).click())
    assert chosen(page) == "2" and slider.input_value() == "0"
    fifth = settled(page, lambda: means.nth(5).click())
    assert settled(page, lambda: means.nth(2).click()) == second != fifth
    page.locator("#domain-way").get_by_label("Remove Image").click()
    page.wait_for_function("document.querySelector('#domain-way input[type=range]').disabled")


def test_without_a_picture_a_sentence_stands_in_its_place(visit):
    page = open_tab(visit, DESK)
    page.get_by_label("Remove Image").first.click()
    page.locator("#domain-picture").get_by_text("There is no picture yet").wait_for()


def test_a_model_whose_domains_were_given_has_no_such_tab(visit):
    page = visit(**DESK)
    page.get_by_role("tab", name="Domains").wait_for(state="hidden")
