"""Measured figures into the card of a model's folder or repository, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import EvalResult, HfApi

from munit_hub.card_results import with_results
from munit_hub.card_text import CARD
from munit_hub.committing import commit_files
from munit_hub.fitting import read_config
from munit_hub.hub_errors import told_of
from munit_hub.model_card import card_of
from munit_hub.weights import find_model


def check_place(place: str) -> None:
    """ValueError where there is no model, here or on the Hub, or none that one may write to."""
    find_model(place)
    if not Path(place).is_dir():
        with told_of(place, write=True):
            HfApi().auth_check(place, write=True)


def put_results(place: str, results: Sequence[EvalResult]) -> str:
    """Put results into the card of a model's folder or Hub repository; where the card is now.

    A model without a card gets ours. ValueError says what cannot be.
    """
    if Path(place).is_dir():
        path = Path(place) / CARD
        card = path.read_text(encoding="utf-8") if path.exists() else None
        path.write_text(_card_with(card, Path(place), place, results), encoding="utf-8")
        return str(path)
    folder = find_model(place)  # so that nothing is made where there is none
    commit = commit_files(
        place,
        {},
        lambda _, card: _card_with(card, folder, place, results),
        message="Measured figures",
    )
    return str(commit)


def _card_with(card: str | None, folder: Path, place: str, results: Sequence[EvalResult]) -> str:
    title = Path(place).resolve().name if Path(place).is_dir() else place.split("/")[-1]
    if card is None:
        card = card_of(read_config(folder), place, title=title, license="unknown", facts={})
    return with_results(card, title, results)
