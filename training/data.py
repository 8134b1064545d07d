"""Batches of the sources as a pure function of (seed, step): resuming needs no state."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch

from munit_hub.edges import draw_edges
from training.cache import build_cache
from training.labels import Labels, read_labels, told
from training.sources import EdgeConfig, SourceConfig

Batch = dict[str, torch.Tensor]
QUEUE_SIZE = 4


@dataclass
class Source:
    """One domain's cached pictures, and how they are shown.

    pictures: (N, H, W, 3) uint8 RGB, or (N, H, W) uint16 grey. labels: of the
    pictures. told: those that training may use (N,), UNKNOWN elsewhere; None if none.
    """

    domain: str
    pictures: np.ndarray
    edges: EdgeConfig | None = None
    channels: int = 3
    fingerprint: str = ""  # changes with the pictures
    labels: Labels | None = None
    told: np.ndarray | None = None

    def view(self, index: int, jitter: np.random.Generator | None = None) -> np.ndarray:
        """Picture `index` as (H, W, channels); its edges vary only where jitter is given."""
        picture = self.pictures[index]
        if self.edges is not None:
            picture = _edges(picture, self.edges, jitter)
        return picture if picture.ndim == 3 else np.repeat(picture[..., None], self.channels, 2)


def open_source(
    config: SourceConfig, domain: str, resolution: int, cache_dir: str | Path
) -> Source:
    """The source of one domain at a resolution in pixels; builds its cache where there is none."""
    cache = build_cache(config, resolution, cache_dir)
    pictures = np.load(cache, mmap_mode="r")
    source = Source(domain, pictures, config.edges, config.channels, cache.stem)
    if config.label_column is not None:
        source.labels = read_labels(config, cache)
        source.told = told(source.labels, config.label_fraction) if config.label_fraction else None
    return source


class TrainingData:
    """Batches of all sources; `batch(step)` depends on nothing but (seed, step).

    batch_size counts a domain's pictures over all processes; process `rank` of `world_size`
    takes every world_size-th of them. flip mirrors a random half of the pictures: not for
    letters or X-rays. paired: picture i of one source belongs to picture i of the other, and the
    two come together, flipped alike. Raises ValueError where batch_size is not a multiple of
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
        if paired and len(sources[0].pictures) != len(sources[1].pictures):
            lengths = (f"{source.domain} has {len(source.pictures)}" for source in sources)
            raise ValueError(f"paired sources must have as many pictures: {', '.join(lengths)}.")
        # The random numbers that a source follows.
        self.streams = (0, 0) if paired else tuple(range(len(sources)))
        self.sources, self.batch_size, self.seed, self.flip = sources, batch_size, seed, flip
        self.rank, self.world_size = rank, world_size
        self._order = lru_cache(maxsize=2 * len(sources))(self._epoch_order)

    def batch(self, step: int) -> Batch:
        """This process's pictures of a step: {domain: (B, C, H, W) float32 in [-1, 1]}.

        Behind them, as "domain/labels", the labels (B,) int64 of those whose labels are told.
        """
        first = step * self.batch_size
        samples = range(first + self.rank, first + self.batch_size, self.world_size)
        batch = {
            source.domain: to_batch([self._sample(i, sample) for sample in samples])
            for i, source in enumerate(self.sources)
        }
        for i, source in enumerate(self.sources):
            if source.told is not None:
                shown = [self._index(i, sample) for sample in samples]
                batch[f"{source.domain}/labels"] = torch.from_numpy(source.told[shown])
        return batch

    def prefetch(self, start_step: int = 0) -> Iterator[Batch]:
        """Batches from start_step on, without end, prepared a few ahead in one thread.

        Closing the iterator (or letting go of it) ends the thread.
        """
        ready: queue.Queue[Batch | Exception] = queue.Queue(QUEUE_SIZE)
        stop = threading.Event()
        thread = threading.Thread(target=self._fill, args=(ready, stop, start_step), daemon=True)
        thread.start()
        try:
            while True:
                item = ready.get()
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            stop.set()
            thread.join()

    def fixed_batch(self, n: int, seed: int = 0) -> Batch:
        """n pictures a domain for looking at: neither flipped nor varied, the same every time."""
        batch = {}
        for stream, source in zip(self.streams, self.sources, strict=True):
            order = np.random.default_rng([seed, stream]).permutation(len(source.pictures))
            batch[source.domain] = to_batch([source.view(j) for j in np.resize(order, n)])
        return batch

    def _sample(self, source_index: int, sample: int) -> np.ndarray:
        source, stream = self.sources[source_index], self.streams[source_index]
        jitter = np.random.default_rng([self.seed, stream, 1, sample])
        flipped = self.flip and jitter.random() < 0.5
        picture = source.view(self._index(source_index, sample), jitter)
        return picture[:, ::-1] if flipped else picture

    def _index(self, source_index: int, sample: int) -> int:
        epoch, position = divmod(sample, len(self.sources[source_index].pictures))
        return self._order(self.streams[source_index], epoch)[position]

    def _epoch_order(self, stream: int, epoch: int) -> np.ndarray:
        generator = np.random.default_rng([self.seed, stream, 0, epoch])
        return generator.permutation(len(self.sources[stream].pictures))

    def _fill(self, ready: queue.Queue, stop: threading.Event, step: int) -> None:
        while not stop.is_set():
            try:
                item: Batch | Exception = self.batch(step)
            except Exception as error:  # handed to the consumer, who raises it
                item = error
            while not stop.is_set():
                try:
                    ready.put(item, timeout=0.1)
                    break
                except queue.Full:
                    continue
            if isinstance(item, Exception):
                return
            step += 1


def to_batch(pictures: list[np.ndarray]) -> torch.Tensor:
    """Pictures (H, W, C) uint8 or uint16 as one (B, C, H, W) float32 tensor in [-1, 1]."""
    # In numpy: a torch operation here would give the loading thread an OpenMP pool of its own,
    # and with more OpenMP threads than cores those of the training step stop spinning and sleep
    # (twice as slow a step on two cores).
    stacked = np.stack(pictures).transpose(0, 3, 1, 2)
    half = np.float32(np.iinfo(stacked.dtype).max / 2)
    return torch.from_numpy(stacked.astype(np.float32, order="C") / half - 1)


def _edges(
    picture: np.ndarray, config: EdgeConfig, jitter: np.random.Generator | None
) -> np.ndarray:
    if jitter is None:
        return np.asarray(draw_edges(picture, config.low, config.high, config.blur))
    factor = config.vary ** jitter.uniform(-1, 1)
    lines = np.asarray(draw_edges(picture, config.low * factor, config.high * factor, config.blur))
    width = int(jitter.integers(1, config.max_line_width + 1))
    return cv2.erode(lines, np.ones((width, width), np.uint8)) if width > 1 else lines
