"""Plots of found domains: the map of styles, and the domains against the labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

MAP_POINTS = 2000  # pictures on the map of styles: more take minutes, and hide each other
MIN_POINTS = 5
PERPLEXITY = 30.0


def plot_styles(
    styles: np.ndarray, domains: np.ndarray, names: Sequence[str], seed: int, path: Path
) -> int:
    """t-SNE of styles (N, style_dim), coloured by domain (N,), as a PNG; how many are on it.

    Of more than MAP_POINTS pictures a random part, of fewer than MIN_POINTS no plot.
    """
    chosen = np.random.default_rng(seed).permutation(len(styles))[:MAP_POINTS]
    if len(chosen) < MIN_POINTS:
        return 0
    perplexity = min(PERPLEXITY, (len(chosen) - 1) / 3)  # it must be less than the points
    spread = TSNE(perplexity=perplexity, init="random", random_state=seed)
    places, found = spread.fit_transform(styles[chosen]), domains[chosen]
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.add_subplot(xticks=[], yticks=[], title=f"t-SNE of {len(chosen)} styles")
    for index, name in enumerate(names):
        x, y = places[found == index].T
        colour = {"color": f"C{index}"} if len(names) <= 10 else {}
        axes.scatter(x, y, s=6, label=f"domain {name} ({len(x)})", **colour)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, markerscale=2)
    figure.savefig(path, dpi=120)
    return len(chosen)


def plot_confusion(
    counts: np.ndarray, classes: Sequence[str], names: Sequence[str], path: Path
) -> None:
    """The counts (classes, domains) as a PNG; each row's colours are parts of its class."""
    figure = Figure(figsize=(4 + 0.5 * len(names), 2 + 0.4 * len(classes)), layout="constrained")
    axes = figure.add_subplot(xlabel="found domain")
    axes.imshow(counts / counts.sum(1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(classes)), classes)
    for (row, column), count in np.ndenumerate(counts):
        dark = count > counts[row].sum() / 2
        if count:
            colour = "white" if dark else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
    figure.savefig(path, dpi=120)
