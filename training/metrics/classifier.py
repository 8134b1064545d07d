"""A small classifier of a domain's classes, for IS and CIS: logistic regression on features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

HELD_OUT = 0.2
MAX_STEPS = 1000  # of the solver


class Classifier(NamedTuple):
    """Features (N, D) to logits (N, classes); the accuracy is that on images held out."""

    logits: Callable[[Tensor], Tensor]
    classes: int
    accuracy: float
    n_train: int
    n_held_out: int

    def in_report(self) -> dict[str, Any]:
        """What a report says of it."""
        return {name: value for name, value in self._asdict().items() if name != "logits"}


def train_classifier(features: Tensor, labels: np.ndarray, seed: int = 0) -> Classifier:
    """Learn the labels (N,) of features (N, D); a fifth of each class is held out to be tested on.

    ValueError below two classes, or where a class has fewer than 5 images.
    """
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    if len(counts) < 2 or min(counts) < 1 / HELD_OUT:
        raise ValueError(
            "A classifier needs two classes of at least 5 images, not "
            f"{len(counts)} with {min(counts, default=0)} in the smallest."
        )
    x_train, x_held, y_train, y_held = train_test_split(
        features.numpy(), labels, test_size=HELD_OUT, random_state=seed, stratify=labels
    )
    fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=MAX_STEPS))
    fitted.fit(x_train, y_train)
    return Classifier(
        lambda x: _logits(fitted, x),
        len(counts),
        float(fitted.score(x_held, y_held)),
        len(y_train),
        len(y_held),
    )


def _logits(fitted: Pipeline, x: Tensor) -> Tensor:
    """Finite ones, unlike the logarithm of a probability; of two classes sklearn gives just one."""
    found = torch.from_numpy(fitted.decision_function(x.numpy()))
    return found if found.ndim == 2 else torch.stack((torch.zeros_like(found), found), 1)
