"""How like the images of a class are translations guided by that class: the mFID protocol.

    python -m training.measuring.classes MODEL --source.path test.parquet \\
        --source.label_column label --weights ../shared/weights/lpips_alex --output report.json

MODEL is a training run's output_dir, a model's folder or a Hub id; a TUNIT model, whose guide
takes any reference. For every true class of the test images, images of the other classes are
translated with references of the class: every image of the class is the reference once, so that
there are as many translations as real images. The class's figure is the Frechet distance of the
two sets; the mFID is the mean over classes (Baek et al. 2021, section 4.1, who use Inception).

A draw decides which images meet which references; `--draws` of them give the interval. Two sets
of about 100 features in 256 dimensions are far apart even where nothing differs, because their
covariances have a rank below 256: figures compare at the same n only. So every draw also cuts each
class into two halves and takes two distances at the same size: that of the real halves (the floor),
and that of one half to the translations guided by the other.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jsonargparse import ArgumentParser
from scipy import stats
from torch import Tensor
from tqdm.auto import tqdm

from munit_hub.loading import load_model
from munit_hub.modeling_tunit import TunitModel
from training.data import to_batch
from training.found_domains import batches
from training.labels import Labels
from training.metrics.features import FeatureExtractor, alexnet_features
from training.metrics.frechet import class_wise_frechet
from training.pictures import Source, open_source
from training.provenance import git_commit, machine, versions
from training.publish import describe
from training.sources import SourceConfig

RESOLUTION = 128  # of the pictures, for a model that does not know its own
BATCH_SIZE = 32
KINDS = ("translations", "translations_half", "real_half")

ByClass = dict[str, Tensor]


class Pairs(NamedTuple):
    """The translations of one class: source i takes the style of reference i; indices (N,)."""

    sources: np.ndarray
    references: np.ndarray


def draw_pairs(labels: Labels, generator: np.random.Generator) -> dict[str, Pairs]:
    """For every class each of its images once as a reference, and as many images of the others."""
    drawn = {}
    for label, name in enumerate(labels.names):
        references = generator.permutation(np.flatnonzero(labels.indices == label))
        others = np.flatnonzero((labels.indices != label) & (labels.indices >= 0))
        drawn[name] = Pairs(np.resize(generator.permutation(others), len(references)), references)
    return drawn


@torch.inference_mode()
def translated(model: TunitModel, source: Source, pairs: Pairs) -> Iterator[Tensor]:
    """The translations of the pairs, (B, C, H, W) in [-1, 1], a batch at a time."""
    for first in range(0, len(pairs.sources), BATCH_SIZE):
        images, references = (
            to_batch([source.view(i) for i in chosen[first : first + BATCH_SIZE]]).to(model.device)
            for chosen in pairs
        )
        yield model.translate(images, reference=references).cpu()


def measure_draw(
    model: TunitModel,
    source: Source,
    real: Tensor,
    features: FeatureExtractor,
    pairs: dict[str, Pairs],
) -> dict[str, dict[str, float]]:
    """The distances of one draw: by kind (see KINDS), then by class; `real` (N, D): features."""
    made = {
        name: torch.cat([features(images) for images in translated(model, source, chosen)])
        for name, chosen in tqdm(pairs.items(), desc="classes", leave=False)
    }
    by_class = {name: real[chosen.references] for name, chosen in pairs.items()}
    first, second = halves(by_class)
    return {
        "translations": class_wise_frechet(by_class, made),
        "translations_half": class_wise_frechet(first, halves(made)[1]),
        "real_half": class_wise_frechet(first, second),
    }


def halves(by_class: ByClass) -> tuple[ByClass, ByClass]:
    """Every class's features (N, D) as two sets of N // 2."""
    return tuple(
        {name: x[half * (len(x) // 2) :][: len(x) // 2] for name, x in by_class.items()}
        for half in (0, 1)
    )


def summary(draws: list[dict[str, dict[str, float]]], kind: str) -> dict[str, Any]:
    """One kind's mean over classes: its mean over draws and 95% interval; the mean by class."""
    means = [statistics.fmean(draw[kind].values()) for draw in draws]
    centre = statistics.fmean(means)
    spread = stats.sem(means) * stats.t.ppf(0.975, len(means) - 1) if len(means) > 1 else None
    return {
        "mean_over_classes": centre,
        "interval_95": [centre - spread, centre + spread] if spread is not None else None,
        "draws": means,
        "classes": {
            name: statistics.fmean(draw[kind][name] for draw in draws) for name in draws[0][kind]
        },
    }


def measure(
    model: TunitModel, source: Source, features: FeatureExtractor, draws: int, seed: int
) -> dict[str, Any]:
    """The three figures of KINDS with their numbers of images.

    ValueError where the source has no labels, or a class has fewer than 4 images.
    """
    labels = source.labels
    if labels is None:
        raise ValueError("The source has no labels: give source.label_column.")
    sizes = np.bincount(labels.indices[labels.indices >= 0], minlength=len(labels.names))
    if len(sizes) < 2 or sizes.min() < 4:
        raise ValueError(f"Two classes of at least 4 images are needed, not {sizes.tolist()}.")
    real = torch.cat([features(x) for x in tqdm(batches(source), desc="real", leave=False)])
    generator = np.random.default_rng(seed)
    measured = [
        measure_draw(model, source, real, features, draw_pairs(labels, generator))
        for _ in tqdm(range(draws), desc="draws")
    ]
    return {
        "n": dict(zip(labels.names, sizes.tolist(), strict=True)),
        "n_half": {
            name: size // 2 for name, size in zip(labels.names, sizes.tolist(), strict=True)
        },
        **{kind: summary(measured, kind) for kind in KINDS},
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure the model that the command line names."""
    parser = ArgumentParser(prog="training.measuring.classes", description=__doc__)
    parser.add_argument("model", help="a training run's output_dir, a model's folder or Hub id")
    parser.add_class_arguments(SourceConfig, "source")
    parser.add_argument("--weights", required=True, help="LPIPS AlexNet: a file, folder or Hub id")
    parser.add_argument("--output", type=Path, help="a JSON file to write as well")
    parser.add_argument("--draws", type=int, default=5, help="of images and references")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache_dir", default=".cache/images")
    given = parser.instantiate(parser.parse_args(arguments))
    model = load_model(given.model).to(memory_format=torch.channels_last)
    if not isinstance(model, TunitModel):
        raise ValueError(f"{given.model} is a {type(model).__name__}, not guided by references.")
    if given.draws < 1:
        raise ValueError(f"draws must be 1 or more, not {given.draws}.")
    resolution = model.config.sample_size or RESOLUTION
    source = open_source(given.source, "pictures", resolution, given.cache_dir)
    features = alexnet_features(given.weights)
    found = measure(model, source, features, given.draws, given.seed)
    about = {
        "model": given.model,
        "pictures": f"{describe(given.source)}, {resolution} pixels",
        "features": features.described(),
        "seed": given.seed,
        "commit": git_commit(),
        "machine": machine(),
        "versions": versions(),
    }
    print(in_lines(found))
    if given.output:
        given.output.write_text(json.dumps(about | found, indent=2) + "\n")


def in_lines(found: dict[str, Any]) -> str:
    """The figures as lines for the terminal."""
    lines = []
    for kind in KINDS:
        figure, interval = found[kind], found[kind]["interval_95"]
        said = f", 95% in [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        lines.append(f"{kind:18} mFID {figure['mean_over_classes']:.3f}{said}")
        lines += [f"    {name:30} {value:.3f}" for name, value in figure["classes"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"measuring.classes: {error}")
