"""The address of the page as its state: `?model=...&target=...&seed=...&tab=...`, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from space.inference import MAX_SEED
from space.page import PRIVATE

_LONGEST = 60  # characters of a link's word that a message repeats
# Rewrites one word of the address; a value that needs no word takes it away. Not before the link
# that opened the page was read: while the page is built, its first tab is selected as by a visitor.
_MIRROR = """value => {
  if (!window.linkIsRead) return [];
  const address = new URL(location);
  if (typeof value === "number" && !(Number.isInteger(value) && value >= 0 && value <= %(highest)s))
    return []; // which no link may say
  if (value === null || value === undefined || value === %(default)s)
    address.searchParams.delete(%(word)s);
  else address.searchParams.set(%(word)s, value);
  if (address.href !== location.href) history.replaceState(history.state, "", address);
  return [];
}"""

# Takes out of the address what was refused, so that nobody copies it; not what came in its place.
WITHOUT_REFUSED = """refused => {
  const address = new URL(location);
  for (const [word, value] of JSON.parse(refused || "[]"))
    if (address.searchParams.get(word) === value) address.searchParams.delete(word);
  history.replaceState(history.state, "", address);
  return [];
}"""
LINK_IS_READ = "() => { window.linkIsRead = true; return []; }"


class Refused(NamedTuple):
    """A word of an address that is left out, its value, and the reason without a full stop."""

    word: str
    value: str
    why: str

    def sentence(self) -> str:
        """It in words for the visitor."""
        whole = len(self.value) <= _LONGEST
        shown = self.value if whole else f"{self.value[:_LONGEST]}…"
        return f"The link's {self.word} {shown!r} is left out: {self.why}."


class Link(NamedTuple):
    """What an address asks for, None where it says nothing; and what of it cannot be."""

    model: str | None
    target: str | None
    seed: int | None
    tab: str | None
    refused: list[Refused]


def read_link(query: Mapping[str, str], tabs: Iterable[str]) -> Link:
    """The words of an address. Whether there is such a model or target is not yet known."""
    seed, tab, refused = query.get("seed"), query.get("tab"), []
    if seed is not None and not _is_seed(seed):
        refused.append(Refused("seed", seed, f"it must be a whole number from 0 to {MAX_SEED}"))
        seed = None
    if tab is not None and tab not in tabs:
        refused.append(Refused("tab", tab, f"there are {', '.join(tabs)}"))
        tab = None
    number = None if seed is None else int(seed)
    return Link(query.get("model"), query.get("target"), number, tab, refused)


def mirror(part: Component, word: str, default: Any = None) -> None:
    """Let the address say the value of a part, as long as it is not the default."""
    part.change(None, part, None, js=_mirroring(word, default), **PRIVATE)


def mirror_tabs(tabs: gr.Tabs) -> None:
    """Let the address say which tab is open, unless it is the first."""
    first = tabs.children[0].id
    for tab in tabs.children:
        tell = f"() => ({_mirroring('tab', first)})({json.dumps(tab.id)})"
        tab.select(None, None, None, js=tell, **PRIVATE)


def _is_seed(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 12 and int(word) <= MAX_SEED


def _mirroring(word: str, default: Any) -> str:
    words = {"word": json.dumps(word), "default": json.dumps(default), "highest": MAX_SEED}
    return _MIRROR % words
