"""How well found domains agree with labels, whatever the domains are called."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score


def confusion(labels: np.ndarray, domains: np.ndarray, classes: int, found: int) -> np.ndarray:
    """How many pictures (classes, found) of each class are in each domain; indices (N,) each."""
    counts = np.zeros((classes, found), np.int64)
    np.add.at(counts, (labels, domains), 1)
    return counts


def matching(counts: np.ndarray) -> dict[int, int]:
    """The class that each domain stands for, one to one, so that most pictures agree.

    Where there are more of the one than of the other, some are left over.
    """
    classes, domains = linear_sum_assignment(counts, maximize=True)
    return dict(zip(domains.tolist(), classes.tolist(), strict=True))


def agreement(labels: np.ndarray, domains: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
    """Hungarian accuracy, normalised mutual information and adjusted Rand index."""
    agreeing = sum(counts[label, domain] for domain, label in matching(counts).items())
    return {
        "hungarian_accuracy": float(agreeing / len(labels)),
        "nmi": float(normalized_mutual_info_score(labels, domains)),
        "ari": float(adjusted_rand_score(labels, domains)),
    }
