"""The Frechet distance between two sets of features, and its mean over classes."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torchmetrics.image.fid import FrechetInceptionDistance

from training.metrics.given import GivenFeatures


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """|m_x - m_y|^2 + tr(S_x + S_y - 2 (S_x S_y)^(1/2)) of features (N, D) and (M, D), float64.

    ValueError below 2 features. It is biased: the fewer features, the larger (see
    docs/metrics.md). Arithmetic: torchmetrics. Source: Dowson and Landau 1982; Heusel et al. 2017.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"Two sets of at least 2 features are needed, not {len(x)} and {len(y)}.")
    # Of these features alone: torchmetrics would wait for those of other processes.
    metric = FrechetInceptionDistance(GivenFeatures(x.shape[1]), sync_on_compute=False)
    metric.update(x.double(), real=True)
    metric.update(y.double(), real=False)
    # Rounding leaves it just below 0 for equal sets. In this order a NaN stays one.
    return max(metric.compute().item(), 0.0)


def class_wise_frechet(
    real: Mapping[str, Tensor], translated: Mapping[str, Tensor]
) -> dict[str, float]:
    """The Frechet distance of every class's translations (M, D) to its real images (N, D).

    Their mean is the mFID. ValueError where the two name different classes. Source: Liu et al.
    2019; Baek et al. 2021, section 4.1.
    """
    if real.keys() != translated.keys():
        differing = ", ".join(sorted(real.keys() ^ translated.keys()))
        raise ValueError(f"Real and translated images must be of the same classes: {differing}.")
    return {name: frechet_distance(features, translated[name]) for name, features in real.items()}
