"""What a screen reader is told, and what the keyboard reaches, in a real Chromium."""

import pytest

from tests.browser import DESK, addresses

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
    page.wait_for_function(
        """before => [...document.querySelectorAll("#results .thumbnail-lg img")].every(
          image => !before.includes(image.src))""",
        arg=before,
    )
