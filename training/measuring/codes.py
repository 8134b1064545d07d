"""MUNIT's propositions on a trained model: styles are N(0, I), contents are alike in both domains.

Huang et al. 2018, Proposition 1: at the optimum encoded styles have the prior's distribution, and
content codes that of the other domain.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats
from torch import Tensor

from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_unit import UnitModel
from training.measuring.task import Task, chunks, drawn
from training.metrics.frechet import frechet_distance
from training.pictures import Source

POSITIONS = 16  # of a content code, at random: neighbours are all but equal


@torch.inference_mode()
def encoded_styles(task: Task, source: Source, domain: str, numbers: list[int]) -> Tensor:
    """The styles (N, style_dim) of pictures of a domain."""
    codes = [
        task.model.encode_style(task.images(source, chunk), domain).float().cpu()
        for chunk in chunks(numbers)
    ]
    return torch.cat(codes)


def normality(codes: Tensor) -> dict[str, Any]:
    """How far styles (N, style_dim) are from N(0, I), a number a dimension.

    Kolmogorov-Smirnov: the largest distance of the distribution function to that of N(0, 1), with
    the chance of so large a one; D'Agostino and Pearson: the same of the shape alone, whatever the
    mean and variance. With many images the chances are small for any real model: read distances.
    """
    columns = codes.double().numpy().T
    tests = [stats.kstest(column, "norm") for column in columns]
    correlation = np.corrcoef(columns) - np.eye(len(columns))
    return {
        "n": len(codes),
        "mean": codes.mean(0).tolist(),
        "standard_deviation": codes.std(0).tolist(),
        "kolmogorov_smirnov": [float(test.statistic) for test in tests],
        "kolmogorov_smirnov_p": [float(test.pvalue) for test in tests],
        "normal_shape_p": [float(stats.normaltest(column).pvalue) for column in columns],
        "largest_correlation": float(np.abs(correlation).max()),
    }


def plot_styles(codes: Tensor, name: str, path: Path) -> None:
    """Histograms of every dimension of styles (N, style_dim) under the curve of N(0, 1)."""
    count = codes.shape[1]
    rows = -(-count // 4)
    figure = Figure(figsize=(10, 2.2 * rows), layout="constrained")
    line = np.linspace(-4, 4, 200)
    for index, values in enumerate(codes.T.numpy()):
        axes = figure.add_subplot(rows, min(4, count), index + 1, yticks=[], title=f"s[{index}]")
        axes.hist(values, bins=40, density=True, color="C0", alpha=0.6)
        axes.plot(line, stats.norm.pdf(line), color="black", linewidth=1)
    figure.suptitle(f"Styles of {len(codes)} pictures of {name}, and N(0, 1)")
    figure.savefig(path, dpi=120)


def content_distances(task: Task, n: int, seed: int) -> dict[str, Any]:
    """The Frechet distance of content codes of the two domains, and of halves of each.

    Of n // 2 pictures in each set, POSITIONS random places of a code each. Where pictures are
    paired the two sets are of different pairs.
    """
    generator = torch.Generator().manual_seed(seed)
    first, second = halves(task.source, n, seed), halves(task.target, n, seed)
    a = [contents(task, task.source, task.a, numbers, generator) for numbers in first]
    b = [contents(task, task.target, task.b, numbers, generator) for numbers in second]
    return {
        "n": {"pictures": n // 2, "positions_each": POSITIONS},
        "between_domains": frechet_distance(a[0], b[1]),
        f"between_halves_of_{task.a}": frechet_distance(*a),
        f"between_halves_of_{task.b}": frechet_distance(*b),
    }


def halves(source: Source, n: int, seed: int) -> tuple[list[int], list[int]]:
    """Two disjoint sets of n // 2 pictures of a source, by number."""
    numbers = drawn(source, n, seed)
    return numbers[: n // 2], numbers[n // 2 :][: n // 2]


@torch.inference_mode()
def contents(
    task: Task, source: Source, domain: str, numbers: list[int], generator: torch.Generator
) -> Tensor:
    """Content codes (N * POSITIONS, C) at random places of pictures of a domain."""
    found = []
    for chunk in chunks(numbers):
        images = task.images(source, chunk)
        code = (content_code(task, images, domain)).float().cpu().flatten(2)
        places = torch.randint(code.shape[2], (len(code), 1, POSITIONS), generator=generator)
        found.append(code.gather(2, places.expand(-1, code.shape[1], -1)).transpose(1, 2))
    return torch.cat(found).flatten(0, 1)


def content_code(task: Task, images: Tensor, domain: str) -> Tensor:
    """The code (B, C, h, w) that the two domains share."""
    if isinstance(task.model, MunitModel):
        return task.model.encode_content(images, domain)
    assert isinstance(task.model, UnitModel)
    return task.model.encode(images, domain)


def measure_codes(task: Task, n: int, seed: int, directory: Path) -> dict[str, Any]:
    """What can be said of a model's codes, {} where it has none of the kind; writes styles.png."""
    found: dict[str, Any] = {}
    if isinstance(task.model, MunitModel):
        codes = encoded_styles(task, task.target, task.b, drawn(task.target, n, seed))
        found["styles"] = normality(codes)
        plot_styles(codes, task.b, directory / "styles.png")
    if isinstance(task.model, MunitModel | UnitModel):
        found["contents"] = content_distances(task, n, seed)
    return found
