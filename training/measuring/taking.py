"""Features of many images, of which a batch at a time is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from tqdm.auto import tqdm

from training.measuring.task import chunks, pictures_of
from training.metrics.features import FeatureExtractor
from training.pictures import Source


def features_of(source: Source, numbers: Sequence[int], features: FeatureExtractor) -> Tensor:
    """Features (N, D) of a source's pictures given by number."""
    batches = (pictures_of(source, chunk) for chunk in chunks(numbers))
    return features_of_stream(batches, features, f"features of {source.domain}", len(numbers))


def features_of_stream(
    batches: Iterable[Tensor], features: FeatureExtractor, name: str, n: int
) -> Tensor:
    """Features (N, D) of n images that come in batches; `name` is that of the progress bar."""
    found = []
    with tqdm(total=n, desc=name, unit="img", disable=None) as bar:
        for images in batches:
            found.append(features(images))
            bar.update(len(images))
    return torch.cat(found)
