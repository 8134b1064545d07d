"""The pictures of one domain as training shows them: cached or streamed, as edges, as grey."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from munit_hub.edges import draw_edges
from training.cache import build_cache, fingerprint_of
from training.labels import Labels, read_labels, told
from training.shards import Shards
from training.sources import EdgeConfig, SourceConfig
from training.streams import Share, Stream


@dataclass
class Source:
    """One domain's pictures, cached or as they come, and how they are shown.

    pictures: (N, H, W, 3) uint8 RGB, or (N, H, W) uint16 grey, or a stream of such. labels: of the
    pictures. told: those that training may use (N,), UNKNOWN elsewhere; None if none.
    """

    domain: str
    pictures: np.ndarray | Stream
    edges: EdgeConfig | None = None
    channels: int = 3
    fingerprint: str = ""  # changes with the pictures
    labels: Labels | None = None
    told: np.ndarray | None = None

    @property
    def stream(self) -> Stream | None:
        """The pictures, if they come as a stream."""
        return self.pictures if isinstance(self.pictures, Stream) else None

    @property
    def count(self) -> int | None:
        """How many pictures there are; of a stream nobody knows."""
        return None if isinstance(self.pictures, Stream) else len(self.pictures)

    def view(self, index: int, jitter: np.random.Generator | None = None) -> np.ndarray:
        """Picture `index` as (H, W, channels); its edges vary only where jitter is given."""
        return self.shown(self.pictures[index], jitter)

    def shown(self, picture: np.ndarray, jitter: np.random.Generator | None = None) -> np.ndarray:
        """A picture as (H, W, channels); its edges vary only where jitter is given."""
        if self.edges is not None:
            picture = _edges(picture, self.edges, jitter)
        return picture if picture.ndim == 3 else np.repeat(picture[..., None], self.channels, 2)

    def examples(self, n: int, seed: list[int]) -> list[np.ndarray]:
        """n pictures as (H, W, channels), the same every time; of a stream those that are first."""
        if self.stream is not None:
            first = [self.shown(picture) for picture in self.stream.shards.first(n)]
            return [first[i % len(first)] for i in range(n)]
        order = np.random.default_rng(seed).permutation(len(self.pictures))
        return [self.view(i) for i in np.resize(order, n)]


def open_source(
    config: SourceConfig,
    domain: str,
    resolution: int,
    cache_dir: str | Path,
    share: Share = Share(),  # noqa: B008, which is immutable
) -> Source:
    """The source of one domain at a resolution in pixels; builds its cache where there is none.

    share: what a process reads of a stream.
    """
    if config.streaming:
        shards = Shards(config, domain, resolution, cache_dir, share.rank)
        stream = Stream(shards, domain, share)
        return Source(domain, stream, config.edges, config.channels, shards.fingerprint)
    cache = build_cache(config, resolution, cache_dir)
    pictures = np.load(cache, mmap_mode="r")
    source = Source(domain, pictures, config.edges, config.channels, fingerprint_of(cache))
    if config.label_column is not None:
        source.labels = read_labels(config, cache)
        source.told = told(source.labels, config.label_fraction) if config.label_fraction else None
    return source


def _edges(
    picture: np.ndarray, config: EdgeConfig, jitter: np.random.Generator | None
) -> np.ndarray:
    if jitter is None:
        return np.asarray(draw_edges(picture, config.low, config.high, config.blur))
    factor = config.vary ** jitter.uniform(-1, 1)
    lines = np.asarray(draw_edges(picture, config.low * factor, config.high * factor, config.blur))
    width = int(jitter.integers(1, config.max_line_width + 1))
    return cv2.erode(lines, np.ones((width, width), np.uint8)) if width > 1 else lines
