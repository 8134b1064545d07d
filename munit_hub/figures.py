"""Measured figures as the metadata of a card, which the Hub shows beside it (`model-index`)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from huggingface_hub import EvalResult, ModelCard, ModelCardData

_NOT_MEASURED = {"seed"}  # a number, but of the protocol


def eval_results(
    figures: Mapping[str, str], datasets: Sequence[str], title: str
) -> list[EvalResult]:
    """The figures that are numbers, by name, as results on the dataset; of the others nothing."""
    dataset = datasets[0] if datasets else "not-on-the-hub"
    numbers = {name: _number(value) for name, value in figures.items()}
    measured = {
        name.lower().replace(" ", "_"): (name, number)
        for name, number in numbers.items()
        if number is not None and name.lower() not in _NOT_MEASURED
    }
    return eval_results_of(measured, dataset, dataset if datasets else f"the data of {title}")


def eval_results_of(
    figures: Mapping[str, tuple[str, float]], dataset: str, dataset_name: str
) -> list[EvalResult]:
    """Figures, by type their name and value, as results on a dataset: its Hub id and its name."""
    return [
        EvalResult(
            task_type="image-to-image",
            dataset_type=dataset,
            dataset_name=dataset_name,
            metric_type=kind,
            metric_name=name,
            metric_value=value,
        )
        for kind, (name, value) in figures.items()
    ]


def _number(text: object) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def license_and_figures(card: str) -> tuple[str | None, dict[str, float]]:
    """The licence and the measured figures in a card's metadata, as far as it has any."""
    data = _metadata(card)
    if data is None:
        return None, {}
    results = data.eval_results or []
    return data.license, {r.metric_name or r.metric_type: r.metric_value for r in results}


def figures_on(card: str) -> dict[tuple[str, str], float]:
    """The measured figures in a card's metadata, by their name and the name of the pictures."""
    data = _metadata(card)
    results = data.eval_results or [] if data else []
    return {(r.metric_name or r.metric_type, r.dataset_name): r.metric_value for r in results}


def _metadata(card: str) -> ModelCardData | None:
    try:
        data = ModelCard(card).data  # not its dictionary, which mixes data sets of one type
    except Exception:  # a person may have written anything there
        return None
    return data if isinstance(data, ModelCardData) else None
