"""What a screen reader is told, and what the keyboard reaches, in a real Chromium."""

import pytest

from tests.browser import DESK, addresses, others

pytestmark = pytest.mark.browser
CONTROLS = {
    *("button", "checkbox", "combobox", "image", "link", "listbox", "radio", "radiogroup"),
    *("searchbox", "slider", "spinbutton", "switch", "tab", "tablist", "textbox", "toolbar"),
}
LINKS = {  # what must be there before a tab is looked at
    "?tab=translate": "#results img",
    "?tab=styles": "#style-map img",
    "?tab=matrix": "#matrix img",
    "?model=tunit-fruits10&tab=domains": "#domain-means img",
    "?tab=compare": ".compared-model img",
}

# How much lighter or darker a word is than what it stands on, as WCAG 2 counts it.
CONTRAST = """word => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => numbers(color).slice(0, 3)
    .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  let below = word;
  while ((numbers(getComputedStyle(below).backgroundColor)[3] ?? 1) === 0)
    below = below.parentElement;
  const pair = [getComputedStyle(word).color, getComputedStyle(below).backgroundColor].map(light);
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""


def nodes(page):
    """What the browser tells a screen reader: role and name of all that it can use or see.

    Without the icons that gradio draws as SVG: beside them are words, or a name on the button.
    """
    chrome = page.context.new_cdp_session(page)
    found = []
    for node in chrome.send("Accessibility.getFullAXTree")["nodes"]:
        if not node["ignored"]:
            role, name = node["role"]["value"], node.get("name", {}).get("value", "").strip()
            if name or role != "image" or "<svg" not in html_of(chrome, node):
                found.append((role, name))
    return found


def html_of(chrome, node):
    asked = {"backendNodeId": node["backendDOMNodeId"]}
    return chrome.send("DOM.getOuterHTML", asked)["outerHTML"]


@pytest.mark.parametrize("link", LINKS)
def test_every_control_and_picture_has_a_name(visit, link):
    page = visit(link, draws="tunit" not in link, **DESK)
    page.locator(LINKS[link]).first.wait_for()
    for accordion in page.locator("button.label-wrap[aria-expanded=false]:visible").all():
        accordion.click()
    found = nodes(page)
    nameless = [role for role, name in found if role in CONTROLS and not name]
    assert not nameless
    assert {"button", "radio", "tab"} <= {role for role, _ in found}


def test_the_keyboard_alone_translates_an_example(visit):
    page = visit(**DESK)
    before = addresses(page)
    page.locator(".examples", has_text="sketches").get_by_role("button").nth(1).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo", disabled=False).wait_for()  # the paper has changed
    page.get_by_role("button", name="Translate", exact=True).focus()
    page.keyboard.press("Enter")
    others(page, before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_dark_or_light_enough_to_read(visit, scheme):
    page = visit(**DESK, color_scheme=scheme)
    for word in (
        page.get_by_role("button", name="Translate", exact=True),
        page.get_by_role("tab", name="Translate", selected=True),
        page.get_by_role("link", name="CycleGAN", exact=True),
    ):
        assert word.evaluate(CONTRAST) >= 4.5


def test_the_keyboards_place_is_seen_on_sliders_and_choices(visit):
    page = visit("?tab=styles", **DESK)
    page.locator("#style-map img").wait_for()
    page.get_by_role("tab", name="Style space").focus()  # from here on by the keyboard
    for place in ("#style-values input[type=range]", "#direction input:checked"):
        page.locator(place).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        outline = page.locator(":focus").evaluate("e => getComputedStyle(e).outline")
        assert "solid 2px" in outline, (place, outline)
