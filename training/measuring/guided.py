"""Translations guided by references of every class, against the real images of the class."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import stats
from torch import Tensor
from tqdm.auto import tqdm

from munit_hub.modeling_tunit import TunitModel
from training.data import to_batch
from training.found_domains import batches
from training.labels import Labels
from training.metrics.features import FeatureExtractor
from training.metrics.frechet import class_wise_frechet
from training.pictures import Source

BATCH_SIZE = 32
KINDS = ("translations", "translations_half", "real_half")

ByClass = dict[str, Tensor]


class Pairs(NamedTuple):
    """The translations of one class: source i takes the style of reference i; indices (N,)."""

    sources: np.ndarray
    references: np.ndarray


def draw_pairs(labels: Labels, generator: np.random.Generator) -> dict[str, Pairs]:
    """For every class each of its images once as a reference, and as many images of the others."""
    drawn = {}
    for label, name in enumerate(labels.names):
        references = generator.permutation(np.flatnonzero(labels.indices == label))
        others = np.flatnonzero((labels.indices != label) & (labels.indices >= 0))
        drawn[name] = Pairs(np.resize(generator.permutation(others), len(references)), references)
    return drawn


@torch.inference_mode()
def translated(model: TunitModel, source: Source, pairs: Pairs) -> Iterator[Tensor]:
    """The translations of the pairs, (B, C, H, W) in [-1, 1], a batch at a time."""
    for first in range(0, len(pairs.sources), BATCH_SIZE):
        images, references = (
            to_batch([source.view(i) for i in chosen[first : first + BATCH_SIZE]]).to(model.device)
            for chosen in pairs
        )
        yield model.translate(images, reference=references)


def measure_draw(
    model: TunitModel,
    source: Source,
    real: Tensor,
    features: FeatureExtractor,
    pairs: dict[str, Pairs],
) -> dict[str, dict[str, float]]:
    """The distances of one draw: by kind (see KINDS), then by class; `real` (N, D): features."""
    made = {
        name: torch.cat([features(images) for images in translated(model, source, chosen)])
        for name, chosen in tqdm(pairs.items(), desc="classes", leave=False, disable=None)
    }
    by_class = {name: real[chosen.references] for name, chosen in pairs.items()}
    first, second = halves(by_class)
    return {
        "translations": class_wise_frechet(by_class, made),
        "translations_half": class_wise_frechet(first, halves(made)[1]),
        "real_half": class_wise_frechet(first, second),
    }


def halves(by_class: ByClass) -> tuple[ByClass, ByClass]:
    """Every class's features (N, D) as two sets of N // 2."""
    return tuple(
        {name: x[half * (len(x) // 2) :][: len(x) // 2] for name, x in by_class.items()}
        for half in (0, 1)
    )


def summary(draws: list[dict[str, dict[str, float]]], kind: str) -> dict[str, Any]:
    """One kind's mean over classes: its mean over draws and 95% interval; the mean by class."""
    means = [statistics.fmean(draw[kind].values()) for draw in draws]
    centre = statistics.fmean(means)
    spread = stats.sem(means) * stats.t.ppf(0.975, len(means) - 1) if len(means) > 1 else None
    return {
        "mean_over_classes": centre,
        "interval_95": [centre - spread, centre + spread] if spread is not None else None,
        "draws": means,
        "classes": {
            name: statistics.fmean(draw[kind][name] for draw in draws) for name in draws[0][kind]
        },
    }


def measure(
    model: TunitModel, source: Source, features: FeatureExtractor, draws: int, seed: int
) -> dict[str, Any]:
    """The three figures of KINDS with their numbers of images.

    ValueError where the source has no labels, or a class has fewer than 4 images.
    """
    labels = source.labels
    if labels is None:
        raise ValueError("The source has no labels: give source.label_column.")
    sizes = np.bincount(labels.indices[labels.indices >= 0], minlength=len(labels.names))
    if len(sizes) < 2 or sizes.min() < 4:
        raise ValueError(f"Two classes of at least 4 images are needed, not {sizes.tolist()}.")
    real = torch.cat(
        [features(x) for x in tqdm(batches(source), desc="real", leave=False, disable=None)]
    )
    generator = np.random.default_rng(seed)
    measured = [
        measure_draw(model, source, real, features, draw_pairs(labels, generator))
        for _ in tqdm(range(draws), desc="draws", disable=None)
    ]
    return {
        "n": dict(zip(labels.names, sizes.tolist(), strict=True)),
        "n_half": {
            name: size // 2 for name, size in zip(labels.names, sizes.tolist(), strict=True)
        },
        **{kind: summary(measured, kind) for kind in KINDS},
    }
