"""The card of a model as HTML for the page: somebody's Markdown, of which only text is shown."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from munit_hub.weights import find_card, find_model
from space.models import name_of, size_of

_LONGEST = 20_000  # characters
_HEADER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_LICENCE = re.compile(r"^license: *[\"']?([\w.-]{1,40})", re.MULTILINE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_APART = "noopener noreferrer nofollow"


def card_of(model: str) -> str:
    """What a model's author says of it, as HTML that runs nothing and fetches nothing."""
    text = text_of(model)
    if text is None:
        return "<p>This model has no card: nothing is known of its training, nor its licence.</p>"
    header, body = _split(text)
    cut = "" if len(body) <= _LONGEST else "<p><em>The rest of the card is left out.</em></p>"
    return f"<p>{_facts(model, header)}</p>{_markdown().render(body[:_LONGEST])}{cut}"


def title_of(model: str) -> str:
    """The title of a model's card, as plain text; its name where it has none."""
    found = re.search(r"^# (.{1,80})$", _split(text_of(model) or "")[1], re.MULTILINE)
    return found[1].strip() if found else name_of(model)


def titles_of(models: Sequence[str]) -> list[str]:
    """The titles of models, each with the model's name behind it where two are alike."""
    titles = [title_of(model) for model in models]
    return [
        title if titles.count(title) == 1 else f"{title} ({name_of(model)})"
        for title, model in zip(titles, models, strict=True)
    ]


@functools.lru_cache(maxsize=32)
def text_of(model: str) -> str | None:
    """A model's card as it was written, None without one."""
    text = find_card(model, Path(model) if Path(model).exists() else find_model(model))
    return None if text is None else text.replace("\r\n", "\n")


def _split(text: str) -> tuple[str, str]:
    """The metadata in the head of a card, and the Markdown below it."""
    found = _HEADER.match(text)
    return (found[1], text[found.end() :]) if found else ("", text)


def _facts(model: str, header: str) -> str:
    found = _LICENCE.search(header)  # the whole of it is a stranger's YAML, which may be a bomb
    facts = (
        escape(name_of(model)),
        f"works at {size_of(model)} × {size_of(model)} pixels",
        f"licence: {found[1] if found else 'not stated'}",
    )
    return " · ".join(facts)


def _markdown() -> MarkdownIt:
    """Markdown without HTML, whose pictures are their descriptions, and links lead to the web."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.validateLink = lambda url: True  # what is no link to the web loses its address
    markdown.add_render_rule("link_open", _link)
    markdown.add_render_rule("image", _description)
    return markdown


def _link(renderer, tokens, index, options, env) -> str:
    link = tokens[index]
    to_the_web = _WEB.match(str(link.attrs.pop("href")))
    if to_the_web:
        link.attrs |= {"href": to_the_web.string, "target": "_blank", "rel": _APART}
    return renderer.renderToken(tokens, index, options, env)


def _description(renderer, tokens, index, options, env) -> str:
    return f"<em>{escape(tokens[index].content)}</em>"
