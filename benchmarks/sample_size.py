"""`python benchmarks/sample_size.py`: how the Frechet distance falls with the number of images.

Of real photographs only, so that what is left is the bias of the estimate: n test photographs
against n other ones (whose true distance is 0), and n test photographs against n training ones,
whose varieties are others. Features of AlexNet at 128 pixels, as everywhere here. Writes
docs/images/sample-size.png, and the table that docs/metrics.md shows to the terminal.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from jsonargparse import auto_cli
from matplotlib.figure import Figure
from torch import Tensor

from training.measuring.taking import features_of
from training.measuring.task import drawn
from training.metrics.features import alexnet_features
from training.metrics.frechet import frechet_distance
from training.pictures import open_source
from training.provenance import git_commit, machine
from training.sources import SourceConfig

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SIZES = (25, 50, 100, 200, 400, 675)
RESOLUTION = 100  # pixels, the photographs' own

Curve = dict[int, list[float]]


def curve(x: Tensor, y: Tensor | None, draws: int, seed: int) -> Curve:
    """Distances of n of x (N, D) to n of y, or of the other x, for every n of SIZES."""
    generator = torch.Generator().manual_seed(seed)
    found: Curve = {}
    for n in SIZES:
        found[n] = []
        for _ in range(draws):
            order = torch.randperm(len(x), generator=generator)
            first, second = x[order[:n]], x[order[n : 2 * n]]
            if y is not None:
                second = y[torch.randperm(len(y), generator=generator)[:n]]
            found[n].append(frechet_distance(first, second))
    return found


def table(curves: dict[str, Curve]) -> str:
    """Mean and standard deviation over draws, a row for every n."""
    lines = ["| n of each | " + " | ".join(curves) + " |", "|---|" + "---|" * len(curves)]
    for n in SIZES:
        cells = (f"{np.mean(c[n]):.2f} +- {np.std(c[n], ddof=1):.2f}" for c in curves.values())
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(curves: dict[str, Curve], path: Path) -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="images in each set, n", ylabel="Frechet distance")
    for name, found in curves.items():
        means = [np.mean(found[n]) for n in SIZES]
        axes.errorbar(
            SIZES, means, [np.std(found[n], ddof=1) for n in SIZES], label=name, capsize=3
        )
    axes.set(xscale="log", ylim=(0, None))
    axes.set_xticks(SIZES, [str(n) for n in SIZES], minor=False)
    axes.minorticks_off()
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def main(
    photos: str = str(SHARED / "data" / "fruits" / "test.parquet"),
    train_photos: str = str(SHARED / "data" / "fruits" / "train.parquet"),
    weights: str = str(SHARED / "weights" / "lpips_alex"),
    output: Path = ROOT / "docs" / "images" / "sample-size.png",
    draws: int = 10,
    seed: int = 0,
    cache_dir: str = ".cache/images",
) -> None:
    """Measure the curve.

    Args:
        photos: real photographs, at least 1,350
        train_photos: real photographs of other varieties, as many are taken of them
        weights: lpips_alex_v0.1.safetensors, its folder or a Hub id
        output: the picture to write
        draws: of n photographs, for every n
        seed: of the draws
        cache_dir: where the pictures are kept
    """
    features = alexnet_features(weights)
    x, y = (
        features_of(source, drawn(source, 2 * max(SIZES), seed), features)
        for source in (
            open_source(SourceConfig(path), name, RESOLUTION, cache_dir)
            for path, name in ((photos, "test photographs"), (train_photos, "training photographs"))
        )
    )
    curves = {
        "test photographs, to others of them": curve(x, None, draws, seed),
        "test photographs, to training photographs": curve(x, y, draws, seed),
    }
    plot(curves, output)
    print(table(curves))
    print(f"{draws} draws, seed {seed}, {features.described()}; {machine()}, commit {git_commit()}")


if __name__ == "__main__":
    auto_cli(main, as_positional=False)
