"""Batches of the sources as a pure function of (seed, step): resuming needs no state.

Streams alone go on from a place that is saved: see `training.streams`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sized
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from training.pictures import Source
from training.prefetch import prefetched

Batch = dict[str, torch.Tensor]

logger = logging.getLogger(__name__)


class TrainingData:
    """Batches of all sources; `batch(step)` depends on nothing but (seed, step).

    Of streams the batches come step after step, and `state` is what resuming takes.

    batch_size counts a domain's pictures over all processes; process `rank` of `world_size`
    takes the part of that number. flip mirrors a random half of the pictures: not for letters or
    X-rays. paired: picture i of one source belongs to picture i of the other, and the two come
    together, flipped alike. Raises ValueError where batch_size is not a multiple of
    world_size, and where paired sources differ in length.
    """

    def __init__(
        self,
        sources: tuple[Source, ...],
        batch_size: int,
        seed: int = 0,
        flip: bool = True,
        rank: int = 0,
        world_size: int = 1,
        paired: bool = False,
    ) -> None:
        if batch_size < 1 or batch_size % world_size:
            raise ValueError(
                f"batch_size must be a multiple of the {world_size} processes, got {batch_size}."
            )
        if paired and sources[0].count != sources[1].count:
            lengths = (f"{source.domain} has {source.count}" for source in sources)
            raise ValueError(f"paired sources must have as many pictures: {', '.join(lengths)}.")
        # The random numbers that a source follows.
        self.orders = (0, 0) if paired else tuple(range(len(sources)))
        self.sources, self.batch_size, self.seed, self.flip = sources, batch_size, seed, flip
        self.rank, self.world_size, self.own_size = rank, world_size, batch_size // world_size
        self._order = lru_cache(maxsize=2 * len(sources))(self._epoch_order)

    def batch(self, step: int) -> Batch:
        """This process's pictures of a step: {domain: (B, C, H, W) float32 in [-1, 1]}.

        Behind them, as "domain/labels", the labels (B,) int64 of those whose labels are told.
        """
        first = step * self.batch_size + self.rank * self.own_size
        samples = range(first, first + self.own_size)
        batch = {
            source.domain: to_batch([self._sample(i, sample) for sample in samples])
            for i, source in enumerate(self.sources)
        }
        for i, source in enumerate(self.sources):
            if source.told is not None:
                shown = [self._index(i, sample) for sample in samples]
                batch[f"{source.domain}/labels"] = torch.from_numpy(source.told[shown])
        return batch

    def prefetch(self, start_step: int = 0, stops: Sized = ()) -> Iterator[Batch]:
        """Batches from start_step on, prepared a few ahead in one thread; see `prefetched`."""
        return prefetched(self.batch, start_step, stops)

    def state(self, step: int) -> dict[str, Any]:
        """Where the streams of this process are at a step, by domain; of none an empty one."""
        number = step * self.own_size
        return {s.domain: s.stream.state(number) for s in self.sources if s.stream is not None}

    def resume(self, step: int, states: list[dict[str, Any]]) -> None:
        """Go on at a step, with what `state` returned in every process.

        Streams begin anew where that was another number of processes.
        """
        streams = {s.domain: s.stream for s in self.sources if s.stream is not None}
        same = len(states) == self.world_size
        if streams and not same:
            logger.warning(
                "The streams begin anew: the checkpoint has those of %d processes, not of %d.",
                len(states),
                self.world_size,
            )
        own = states[self.rank] if same else {}
        for domain, stream in streams.items():
            stream.resume(step * self.own_size, own.get(domain))

    def fixed_batch(self, n: int, seed: int = 0) -> Batch:
        """n pictures a domain for looking at: neither flipped nor varied, the same every time."""
        return {
            source.domain: to_batch(source.examples(n, [seed, order]))
            for order, source in zip(self.orders, self.sources, strict=True)
        }

    def _sample(self, source_index: int, sample: int) -> np.ndarray:
        source, order = self.sources[source_index], self.orders[source_index]
        jitter = np.random.default_rng([self.seed, order, 1, sample])
        flipped = self.flip and jitter.random() < 0.5
        picture = source.view(self._index(source_index, sample), jitter)
        return picture[:, ::-1] if flipped else picture

    def _index(self, source_index: int, sample: int) -> int:
        count = self.sources[source_index].count
        if count is None:  # a stream holds this process's pictures alone
            return sample // self.batch_size * self.own_size + sample % self.own_size
        epoch, position = divmod(sample, count)
        return self._order(self.orders[source_index], epoch)[position]

    def _epoch_order(self, order: int, epoch: int) -> np.ndarray:
        generator = np.random.default_rng([self.seed, order, 0, epoch])
        return generator.permutation(self.sources[order].count)


def to_batch(pictures: list[np.ndarray]) -> torch.Tensor:
    """Pictures (H, W, C) uint8 or uint16 as one (B, C, H, W) float32 tensor in [-1, 1]."""
    # In numpy: a torch operation here would give the loading thread an OpenMP pool of its own,
    # and with more OpenMP threads than cores those of the training step stop spinning and sleep
    # (twice as slow a step on two cores).
    stacked = np.stack(pictures).transpose(0, 3, 1, 2)
    half = np.float32(np.iinfo(stacked.dtype).max / 2)
    return torch.from_numpy(stacked.astype(np.float32, order="C") / half - 1)
