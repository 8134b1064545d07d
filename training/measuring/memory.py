"""Is the model memorising? How near its outputs are to training images, and the nearest ones."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import torch
from torch import Tensor

from training.evaluate import tile
from training.measuring.figures import Figure, Figures
from training.measuring.protocol import Protocol
from training.measuring.taking import features_of, features_of_stream
from training.measuring.task import Task, drawn, pictures_of
from training.metrics.features import FeatureExtractor
from training.metrics.jackknife import standard_errors
from training.metrics.neighbours import nearest
from training.pictures import Source

SHOWN, NEIGHBOURS = 8, 5


def measure_memory(
    task: Task,
    features: FeatureExtractor,
    protocol: Protocol,
    train_target: Source,
    directory: Path,
) -> Figures:
    """The median distance of outputs to the nearest training image; of real test images, theirs.

    Outputs far nearer than real test images are copies. Writes neighbours.png: outputs, and beside
    each the training images nearest to it in features.
    """
    numbers = drawn(task.source, protocol.inputs, protocol.seed)
    generator = torch.Generator().manual_seed(protocol.seed)
    learnt = features_of(train_target, range(len(train_target.pictures)), features)
    made = list(task.one_output_each(numbers[:SHOWN], generator))
    rest = task.one_output_each(numbers[SHOWN:], generator)
    translated = features_of_stream(chain(made, rest), features, "translations", len(numbers))
    real = features_of(task.target, drawn(task.target, len(numbers), protocol.seed), features)
    draw_neighbours(torch.cat(made), translated, learnt, train_target, directory)

    def median(x: Tensor) -> dict[str, float]:
        return {"it": nearest(x, learnt, 1)[0].median().item()}

    found = Figure(
        median(translated)["it"],
        standard_errors(median, [translated])["it"],
        {"translated": len(numbers), "training": len(learnt)},
        f"{features.name}, {features.layer}",
        features.resize,
        median(real)["it"],
    )
    return {"distance_to_training": found}


def draw_neighbours(
    made: Tensor, translated: Tensor, learnt: Tensor, train_target: Source, directory: Path
) -> None:
    """Rows of an output (of `made`, whose features come first) and its nearest training images."""
    _, numbers = nearest(translated[: len(made)], learnt, NEIGHBOURS)
    rows = [
        torch.cat((image[None], pictures_of(train_target, near.tolist())))
        for image, near in zip(made, numbers, strict=True)
    ]
    tile(torch.stack(rows)).save(directory / "neighbours.png")
