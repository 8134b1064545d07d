"""A real Chromium for the tests of the page: its fixtures, and what a person's hand does."""

import math
import shutil
import urllib.request
from importlib.util import find_spec
from urllib.parse import urljoin

import pytest

from tests.needs import need

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
PATIENCE = 60_000  # milliseconds: a busy machine is slow, not wrong
_INK = """() => {
  const paper = document.querySelector("#drawing canvas");
  const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
  return data.reduce((sum, value, i) => sum + (i % 4 === 0 && value < 128), 0);
}"""


@pytest.fixture(scope="session")
def browser_is_here():
    need(CHROMIUM, "Chromium")
    need(find_spec("playwright"), "playwright")


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser_is_here, running_page, chromium):
    """Opens the page at a path such as `?seed=3`, or another one at its whole address.

    `options` are those of a browser context. Afterwards nothing may have failed in it, nor left
    this machine.
    """
    contexts, wrong = [], []

    def open_page(path="", draws=True, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(told(m)) if m.type == "error" else None)
        address = urljoin(f"{running_page.url}/", path)
        inside = (address.split("?")[0], "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(inside) else wrong.append(r.url))
        page.goto(address)
        page.wait_for_function("document.querySelectorAll('#results .thumbnail-lg img').length > 0")
        page.wait_for_function("window.linkIsRead")  # before, the page hears of no choice
        if draws:  # the model that the page opens with
            page.locator("#drawing canvas").wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong, wrong


def told(message):
    """An error of the browser's console, and of which address it is: words alone leave it open."""
    return f"{message.text} ({message.location['url']})"


def circle(page, radius=0.35):
    """The corners of a circle on the paper, in the page's pixels."""
    paper = page.locator("#drawing canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    center = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    turns = [2 * math.pi * i / 24 for i in range(25)]
    r = radius * box["width"]
    return [(center[0] + r * math.cos(t), center[1] + r * math.sin(t)) for t in turns]


def draw_with_mouse(page, points):
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def draw_with_finger(page, points):
    touch = page.context.new_cdp_session(page)
    for i, (x, y) in enumerate(points):
        kind = "touchMove" if i else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def ink(page):
    """How many pixels of the paper are not white."""
    return page.evaluate(_INK)


def wait_for_ink(page, number):
    """Until that many pixels of the paper are not white: what is laid on it comes in a moment."""
    page.wait_for_function(f"number => ({_INK})() === number", arg=number)


def addresses(page, where="#results .thumbnail-lg"):
    return page.eval_on_selector_all(f"{where} img", "images => images.map(image => image.src)")


def press_and_wait(page, name):
    """Presses a button that translates; returns the new results' addresses."""
    before = addresses(page)
    page.get_by_role("button", name=name, exact=True).click()
    return others(page, before)


def others(page, before, where="#results .thumbnail-lg"):
    """The addresses of the pictures there, once there are some and none is of before."""
    page.wait_for_function(
        """([where, before]) => {
          const images = [...document.querySelectorAll(`${where} img`)];
          return images.length && images.every(image => !before.includes(image.src));
        }""",
        arg=[where, before],
    )
    return addresses(page, where)


def source(page, image):
    """The address of the first picture of that selector, once there is one."""
    return page.locator(image).first.get_attribute("src")


def changed(page, image, before):
    """As `source`, once it is another than before; it may be gone while the next one comes."""
    page.wait_for_function(
        """([image, before]) => {
          const { src } = document.querySelector(image) ?? {};
          return src && src !== before;
        }""",
        arg=[image, before],
    )
    return source(page, image)


def pictures(urls):
    return [urllib.request.urlopen(url).read() for url in urls]


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def message(page):
    toast = page.locator(".toast-body").first
    toast.wait_for()
    return toast.inner_text()
