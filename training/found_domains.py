"""The domains that a model found: their mean styles and sizes over the training set."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from munit_hub.domains import listed
from training.data import to_batch
from training.pictures import Source

logger = logging.getLogger(__name__)

BATCH_SIZE = 64
SMALL = 0.1  # of an even share of the images: what is below is worth a warning


def measure_found_domains(model: nn.Module, sources: Sequence[Source]) -> None:
    """Where a model found its domains in the images of one source, store what it found in it.

    Warns of domains that are empty or tiny.
    """
    if not model.domain_in_style:
        return
    (source,) = sources
    model.measure_domains(batches(source))
    for warning in small_domains(dict(zip(model.targets, model.config.domain_sizes, strict=True))):
        logger.warning(warning)


def small_domains(sizes: dict[str, int]) -> list[str]:
    """What there is to say of domains, by name how many pictures, that are empty or tiny."""
    share = sum(sizes.values()) / len(sizes)
    kinds = {
        "empty": [name for name, size in sizes.items() if size == 0],
        "tiny": [name for name, size in sizes.items() if 0 < size < SMALL * share],
    }
    return [
        f"Of the {len(sizes)} domains that were looked for, these are {kind}: {listed(names)}."
        for kind, names in kinds.items()
        if names
    ]


def batches(source: Source) -> Iterator[Tensor]:
    """Every picture of a source once, (B, C, H, W) in [-1, 1], neither flipped nor varied."""
    count = len(source.pictures)
    for first in range(0, count, BATCH_SIZE):
        yield to_batch([source.view(i) for i in range(first, min(first + BATCH_SIZE, count))])
