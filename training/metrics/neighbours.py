"""Figures of nearest neighbours: density and coverage, precision and recall."""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 1000  # rows of a matrix of distances at a time


def density_and_coverage(real: Tensor, made: Tensor, k: int = 5) -> tuple[float, float]:
    """How densely real features lie around made ones, and how many real ones have made ones near.

    Features (N, D) and (M, D). Density: of how many real balls (to the k-th nearest real one) a
    made one is inside, over k; 1 is expected of equal distributions. Coverage: the part of real
    balls with a made one inside. Source: Naeem et al. 2020, Eq. 3 and 4.
    """
    radii, inside = ball_radii(real, k), torch.zeros(len(real), dtype=torch.double)
    for chunk in made.split(CHUNK):
        inside += (torch.cdist(chunk, real) < radii).sum(0)
    return (inside.sum() / (k * len(made))).item(), (inside > 0).double().mean().item()


def precision_and_recall(real: Tensor, made: Tensor, k: int = 3) -> tuple[float, float]:
    """The part of made features among the real ones, and of real ones among the made.

    Features (N, D) and (M, D); among: inside the ball of any of them to its k-th nearest. Source:
    Kynkaanniemi et al. 2019, Eq. 2.
    """
    return part_inside(made, real, k), part_inside(real, made, k)


def part_inside(x: Tensor, centres: Tensor, k: int) -> float:
    """The part of x (N, D) inside the ball of any centre (M, D)."""
    radii = ball_radii(centres, k)
    found = [(torch.cdist(chunk, centres) <= radii).any(1) for chunk in x.split(CHUNK)]
    return torch.cat(found).double().mean().item()


def ball_radii(x: Tensor, k: int) -> Tensor:
    """The distance (N,) of each of x (N, D) to its k-th nearest other one; ValueError if fewer."""
    if len(x) <= k:
        raise ValueError(f"More than {k} features are needed for a {k}-th neighbour, not {len(x)}.")
    return torch.cat([torch.cdist(part, x).kthvalue(k + 1).values for part in x.split(CHUNK)])


def nearest(x: Tensor, others: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Distances and numbers (N, k) of the k nearest of the others (M, D) to each of x (N, D)."""
    found = [torch.cdist(part, others).topk(k, largest=False) for part in x.split(CHUNK)]
    distances, numbers = zip(*found, strict=True)
    return torch.cat(distances), torch.cat(numbers)
