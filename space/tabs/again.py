"""When something is made anew: counted in the browser."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency

from space.page import PRIVATE, Page

_COUNT = "count => count + 1"
# Of a visitor who draws in another tab, nothing is asked.
_COUNT_IF_SEEN = """count => document.querySelector("%s")?.offsetParent ? count + 1 : count"""


def times_shown(page: Page, tab: gr.Tab, adapted: Dependency, place: str) -> gr.Number:
    """A number whose change says: show the picture again, in the parts that `place` selects.

    It grows as the tab is opened, and, as long as it is open, after `adapted`, which fits the tab
    to another model or target, and as the visitor's picture changes.
    """
    with gr.Row(elem_classes="away"):
        times = gr.Number(0)  # no State: this is counted in the browser
    counting = {"inputs": times, "outputs": times} | PRIVATE
    if_seen = _COUNT_IF_SEEN % place
    adapted.then(None, js=if_seen, **counting)
    tab.select(None, js=_COUNT, **counting)
    gr.on(picture_changes(page), None, js=if_seen, **counting)
    return times


def once_more(done: Dependency, times: gr.Number) -> None:
    """Lets a number grow after an event, once the parts have the values that it gave them."""
    done.then(None, times, times, js=_COUNT, **PRIVATE)


def counted(events: list[Any], times: gr.Number) -> None:
    """Lets a number grow with each of these events."""
    gr.on(events, None, times, times, js=_COUNT, **PRIVATE)


def picture_changes(page: Page) -> list[Any]:
    """The events after which the visitor's picture is another one."""
    return [part.change for part in page.source]
