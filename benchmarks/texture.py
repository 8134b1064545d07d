"""`python benchmarks/texture.py '[MODEL,MODEL]'`: how much of a Frechet distance is fine texture.

The distance of the edges-to-fruit table, and the same with both sets smoothed by a Gaussian of
`sigma` pixels first: what it falls by more than for the other models is a grid or grain that
smoothing takes away. Models are folders of that table's runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from jsonargparse import auto_cli
from scipy.ndimage import gaussian_filter
from torch import Tensor

from benchmarks.systems import EDGES2FRUIT, ROOT
from training.measuring.asking import Asked, open_task, parse_source
from training.measuring.quality import number_of_images
from training.measuring.taking import features_of_stream
from training.measuring.task import chunks, drawn, pictures_of
from training.metrics.features import alexnet_features
from training.metrics.frechet import frechet_distance


def smoothed(images: Tensor, sigma: float) -> Tensor:
    """Images (N, C, H, W) after a Gaussian of `sigma` pixels, the border repeated."""
    sigmas = (0, 0, sigma, sigma)
    return torch.from_numpy(gaussian_filter(images.numpy(), sigmas, mode="nearest", truncate=3))


def distances(asked: Asked, views: dict[str, Callable[[Tensor], Tensor]]) -> dict[str, float]:
    """The Frechet distance of a model's translations for every view of both sets."""
    task, _ = open_task(asked)
    network, seed = alexnet_features(asked.weights), asked.protocol.seed
    n = number_of_images(task, asked.protocol)
    numbers = drawn(task.target, n, seed)
    real = [pictures_of(task.target, chunk) for chunk in chunks(numbers)]
    generator = torch.Generator().manual_seed(seed)
    made = list(task.one_output_each(drawn(task.source, n, seed + 1), generator))
    found = {}
    for name, view in views.items():
        x, y = (features_of_stream(map(view, images), network, name, n) for images in (real, made))
        found[name] = frechet_distance(x, y)
    return found


def main(
    models: list[str],
    sigma: float = 1.0,
    weights: str = str(ROOT.parent / "shared" / "weights" / "lpips_alex"),
) -> None:
    """Print the distance as it is and smoothed.

    Args:
        models: folders of runs from edges to fruit
        sigma: of the Gaussian, in pixels
        weights: lpips_alex_v0.1.safetensors, its folder or a Hub id
    """
    source, target = (parse_source(text) for text in (EDGES2FRUIT.source, EDGES2FRUIT.target))
    views = {"as it is": lambda x: x, "smoothed": lambda x: smoothed(x, sigma)}
    for model in models:
        found = distances(Asked(model, source, target, weights, paired=True), views)
        print(Path(model).name, *(f"{name} {value:.1f}" for name, value in found.items()), sep=", ")


if __name__ == "__main__":
    auto_cli(main, as_positional=True)
