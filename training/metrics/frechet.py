"""The Frechet distance between two sets of features, each taken for a Gaussian."""

from __future__ import annotations

import torch
from torch import Tensor


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """|m_x - m_y|^2 + tr(S_x + S_y - 2 (S_x S_y)^(1/2)) of features (N, D) and (M, D), float64.

    The trace of the root is the sum of the roots of the eigenvalues of S_x S_y, which are those
    of the symmetric S_x^(1/2) S_y S_x^(1/2): real and not negative, so no matrix square root of
    a singular product is taken. Source: Dowson and Landau 1982; Heusel et al. 2017.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"Two sets of at least 2 features are needed, not {len(x)} and {len(y)}.")
    x, y = x.double(), y.double()
    cov_x, cov_y = torch.cov(x.T), torch.cov(y.T)
    values, vectors = torch.linalg.eigh(cov_x)
    root_x = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    product = torch.linalg.eigvalsh(root_x @ cov_y @ root_x)
    means = (x.mean(0) - y.mean(0)).square().sum()
    trace = cov_x.trace() + cov_y.trace() - 2 * product.clamp_min(0).sqrt().sum()
    return (means + trace).item()
