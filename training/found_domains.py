"""The domains that a model found: their mean styles and sizes over the training set."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from munit_hub.domains import listed
from training.data import Source, to_batch

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
    sizes = dict(zip(model.targets, model.config.domain_sizes, strict=True))
    share = sum(sizes.values()) / len(sizes)
    for kind, names in (
        ("empty", [name for name, size in sizes.items() if size == 0]),
        ("tiny", [name for name, size in sizes.items() if 0 < size < SMALL * share]),
    ):
        if names:
            logger.warning(
                "Of the %d domains that were looked for, these are %s: %s.",
                len(sizes),
                kind,
                listed(names),
            )


def batches(source: Source) -> Iterator[Tensor]:
    """Every picture of a source once, (B, C, H, W) in [-1, 1], neither flipped nor varied."""
    count = len(source.pictures)
    for first in range(0, count, BATCH_SIZE):
        yield to_batch([source.view(i) for i in range(first, min(first + BATCH_SIZE, count))])
