"""The text of a card -> the same with measured results in its metadata (`model-index`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from huggingface_hub import EvalResult
from huggingface_hub.repocard_data import eval_results_to_model_index

from munit_hub.card_text import changed
from munit_hub.figures import results_in

_FRONT = re.compile(r"\A---\r?\n(.*?\n)---\r?$", re.DOTALL | re.MULTILINE)
# A key at the start of a line and what belongs to it: lines that are indented, or items of a list.
_INDEX = re.compile(r"^model-index:.*\n(?:(?:(?:#.*)?\n)*[ \t-].*\n)*", re.MULTILINE)


def with_results(card: str, title: str, results: Sequence[EvalResult]) -> str:
    """A card with these results in its metadata; `title` names the model where the card does not.

    Results of the same metric on the same dataset give way, all others stay; so does every other
    line of the card. ValueError where its metadata cannot be read.
    """
    return changed(card, lambda text: _with_results(text, title, results))


def with_former_results(card: str, title: str, former: str) -> str:
    """A new card with the results of the former one as well, but for those measured anew."""
    for results in (results_in(former), results_in(card)):
        card = with_results(card, title, results) if results else card
    return card


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
