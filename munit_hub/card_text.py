"""What the cards of models, datasets and Spaces share: tables, and whether a person edited one."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

logger = logging.getLogger(__name__)

CARD = "README.md"
# The last line of a card seals the lines above it: a card that a person edited is not ours.
_SEAL = "<!-- written by munit_hub, unchanged: {} -->"


def sealed(text: str) -> str:
    """A card with the line that tells it from an edited one."""
    return f"{text}\n{_seal_of(text)}\n"


def is_ours(card: str) -> bool:
    """Whether a card is just as it was generated."""
    text, _, seal = card.rstrip("\n").rpartition("\n")
    return seal == _seal_of(text)


def changed(card: str, change: Callable[[str], str]) -> str:
    """A card after a change of its text: one of ours stays ours, an edited one stays edited."""
    if not is_ours(card):
        return change(card)
    return sealed(change(card.rstrip("\n").rpartition("\n")[0]))


def save_card(folder: Path, text: str) -> Path:
    """Write README.md, or README.generated.md beside one that somebody edited; its path."""
    path = folder / CARD
    if path.exists() and not is_ours(path.read_text(encoding="utf-8")):
        path = folder / "README.generated.md"
        logger.warning("README.md was edited and stays; the new card is %s.", path)
    path.write_text(text, encoding="utf-8")
    return path


def table(rows: Mapping[str, str]) -> str:
    """Names and values as a table of Markdown; nothing where there are none."""
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines]) if lines else ""


def one_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


def _cell(value: object) -> str:
    return one_line(str(value)).replace("|", "\\|")


def _seal_of(text: str) -> str:
    return _SEAL.format(hashlib.sha256(text.encode()).hexdigest()[:16])
