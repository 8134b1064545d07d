"""Measured figures into a card that is there already: its `model-index`, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, HfApi
from huggingface_hub.repocard_data import eval_results_to_model_index

from munit_hub.card_text import CARD, changed
from munit_hub.committing import commit_files
from munit_hub.fitting import read_config
from munit_hub.hub_errors import told_of
from munit_hub.model_card import card_of
from munit_hub.weights import find_model

_FRONT = re.compile(r"\A---\r?\n(.*?\n)---\r?$", re.DOTALL | re.MULTILINE)
# A key at the start of a line and what belongs to it: lines that are indented, or items of a list.
_INDEX = re.compile(r"^model-index:.*\n(?:(?:(?:#.*)?\n)*[ \t-].*\n)*", re.MULTILINE)


def with_results(card: str, title: str, results: Sequence[EvalResult]) -> str:
    """A card with these results in its metadata; `title` names the model where the card does not.

    Results of the same metric on the same dataset give way, all others stay; so does every other
    line of the card. ValueError where its metadata cannot be read.
    """
    return changed(card, lambda text: _with_results(text, title, results))


def _with_results(text: str, title: str, results: Sequence[EvalResult]) -> str:
    front = _FRONT.match(text)
    if front is None:
        return f"---\n{_dumped(_merged([], title, results))}---\n\n{text}"
    try:
        index = (yaml.safe_load(front[1]) or {}).get("model-index") or []
        block = _dumped(_merged(index, title, results))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"The metadata of the card cannot be read: {reason}") from None
    rest = _INDEX.sub("", front[1])
    return f"{text[: front.start(1)]}{rest}{block}{text[front.end(1) :]}"


def _merged(index: list[Any], title: str, results: Sequence[EvalResult]) -> list[Any]:
    """A model-index, as in YAML, in which the results stand first."""
    title = index[0]["name"] if index else title
    added = eval_results_to_model_index(title, list(results))[0]["results"]
    new = {key for result in added for key in _keys(result)}
    kept = [_without(result, new) for entry in index[:1] for result in entry["results"]]
    found = [*added, *(result for result in kept if result["metrics"])]
    return [{"name": title, "results": found}, *index[1:]]


def _keys(result: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What tells each metric of a result from others."""
    dataset = result["dataset"]
    where = (dataset["type"], dataset.get("name", ""), dataset.get("split") or "")
    return [(*where, metric["type"]) for metric in result["metrics"]]


def _without(result: Mapping[str, Any], keys: set[tuple[str, ...]]) -> dict[str, Any]:
    pairs = zip(result["metrics"], _keys(result), strict=True)
    return {**result, "metrics": [metric for metric, key in pairs if key not in keys]}


def _dumped(index: list[Any]) -> str:
    return yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True)


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
