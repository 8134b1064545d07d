"""How near the translations, as a set, are to the real images of the target."""

from __future__ import annotations

import torch
from torch import Tensor

from training.measuring.figures import Figure, Figures
from training.measuring.protocol import Protocol
from training.measuring.taking import features_of, features_of_stream
from training.measuring.task import Task, drawn
from training.metrics.features import FeatureExtractor
from training.metrics.frechet import frechet_distance
from training.metrics.jackknife import standard_errors
from training.metrics.kernel import kernel_distance
from training.metrics.neighbours import density_and_coverage, precision_and_recall
from training.pictures import Source


def number_of_images(task: Task, protocol: Protocol) -> int:
    """How many real and translated images are compared: as many of the one as of the other."""
    return min(protocol.images, len(task.source.pictures), len(task.target.pictures))


def measure_quality(
    task: Task, features: FeatureExtractor, protocol: Protocol, train_target: Source | None
) -> Figures:
    """Frechet and kernel distance, density and coverage, precision and recall.

    Each input is translated once. With the target's training images, the same figures of as many
    of these say what a perfect model would get.
    """
    n, seed = number_of_images(task, protocol), protocol.seed
    real = features_of(task.target, drawn(task.target, n, seed), features)
    generator = torch.Generator().manual_seed(seed)
    made = task.one_output_each(drawn(task.source, n, seed + 1), generator)
    translated = features_of_stream(made, features, "translations", n)
    learnt: dict[str, tuple[float, float]] = {}
    if train_target is not None and len(train_target.pictures) >= n:
        learnt = of_sets(real, features_of(train_target, drawn(train_target, n, seed), features))
    return {
        name: Figure(
            value,
            error,
            {"real": n, "translated": n},
            f"{features.name}, {features.layer}",
            features.resize,
            learnt.get(name, (None,))[0],
        )
        for name, (value, error) in of_sets(real, translated).items()
    }


def of_sets(real: Tensor, made: Tensor) -> dict[str, tuple[float, float]]:
    """Every figure of two sets of features (N, D), and its standard error."""
    kernel = kernel_distance(real, made)
    values = statistics(real, made)
    errors = standard_errors(statistics, (real, made))
    found = {name: (value, errors[name]) for name, value in values.items()}
    return {"kernel": (kernel.value, kernel.standard_error)} | found


def statistics(real: Tensor, made: Tensor) -> dict[str, float]:
    """The figures without a standard error of their own."""
    density, coverage = density_and_coverage(real, made)
    precision, recall = precision_and_recall(real, made)
    return {
        "frechet": frechet_distance(real, made),
        "density": density,
        "coverage": coverage,
        "precision": precision,
        "recall": recall,
    }
