"""What surrounds the steps that `benchmarks/speed.py` times: the loader, and starting up."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from training.data import TrainingData
from training.pictures import Source
from training.sources import EdgeConfig

ROOT = Path(__file__).resolve().parents[1]
PICTURES = 64  # so many, which the page cache holds as it does those of a small data set
FIRST_TRANSLATION = (
    "from munit_hub import TranslationPipeline; from PIL import Image; "
    "pipe = TranslationPipeline.from_pretrained('space/models/munit-edges2fruit'); "
    "pipe(Image.new('RGB', (96, 96), 'white'), target='fruit', seed=0)"
)


def loader_rate(domains: tuple[str, ...], size: int, batch: int, steps: int) -> float:
    """Pictures a second of the sources, the second drawn as edges that vary, all flipped."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (PICTURES, size, size, 3), dtype=np.uint8)
    views = (None, EdgeConfig(vary=1.25, max_line_width=2))
    sources = (Source(name, pictures, view) for name, view in zip(domains, views, strict=False))
    data = TrainingData(tuple(sources), batch)
    with closing(data.prefetch()) as batches:
        next(batches)
        start = time.perf_counter()
        for _ in range(steps):
            next(batches)
        return len(domains) * batch * steps / (time.perf_counter() - start)


def start_up(rounds: int) -> dict[str, float]:
    """Median seconds of fresh processes: `import munit_hub`, and to the first translation."""
    codes = {"import_s": "import munit_hub", "first_translation_s": FIRST_TRANSLATION}
    return {
        name: statistics.median(_seconds_of(code) for _ in range(rounds))
        for name, code in codes.items()
    }


def _seconds_of(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)
    return time.perf_counter() - start
