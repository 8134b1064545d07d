"""The kernel distance between two sets of features, with its standard error."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torchmetrics.image.kid import poly_mmd

SUBSETS = 10


class KernelDistance(NamedTuple):
    """The mean over disjoint subsets of `subset_size` features, and its standard error."""

    value: float
    standard_error: float
    subset_size: int


def kernel_distance(x: Tensor, y: Tensor, seed: int = 0) -> KernelDistance:
    """The squared maximum mean discrepancy of features (N, D) and (M, D), unbiased at any size.

    With the kernel (x.y / D + 1)^3. The sets are cut at random into SUBSETS disjoint parts of
    equal size: their estimates are independent, so the standard error of the mean is the honest
    one (random subsets that overlap, as often used, make it smaller the more of them are drawn).
    ValueError below 2 features a part. Arithmetic: torchmetrics. Source: Binkowski et al. 2018.
    """
    size = min(len(x), len(y)) // SUBSETS
    if size < 2:
        least = 2 * SUBSETS
        raise ValueError(f"Two sets of {least} features are needed, not {len(x)} and {len(y)}.")
    generator = torch.Generator().manual_seed(seed)
    parts = (
        features.double()[torch.randperm(len(features), generator=generator)].split(size)[:SUBSETS]
        for features in (x, y)
    )
    values = torch.stack([poly_mmd(a, b) for a, b in zip(*parts, strict=True)])
    error = values.std() / SUBSETS**0.5
    return KernelDistance(values.mean().item(), error.item(), size)
