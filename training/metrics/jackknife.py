"""Standard errors of any statistics of sets, by leaving out a part of the sets at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

GROUPS = 10


def standard_errors(
    statistics: Callable[..., dict[str, float]], sets: Sequence[Tensor], seed: int = 0
) -> dict[str, float]:
    """The standard error of each statistic of the sets, features (N, D), (M, D) and so on.

    The delete-a-group jackknife with GROUPS random groups, of all sets at once. A statistic may
    have a bias that depends on the size of its sets, as the Frechet distance does: all groups are
    equal in that. Source: Kott 2001, "The delete-a-group jackknife".
    """
    generator = torch.Generator().manual_seed(seed)
    groups = [torch.randperm(len(x), generator=generator) % GROUPS for x in sets]
    without = [
        statistics(*(x[group != left_out] for x, group in zip(sets, groups, strict=True)))
        for left_out in range(GROUPS)
    ]
    return {
        name: _error(torch.tensor([one[name] for one in without], dtype=torch.double))
        for name in without[0]
    }


def _error(values: Tensor) -> float:
    return ((GROUPS - 1) / GROUPS * (values - values.mean()).square().sum()).sqrt().item()
