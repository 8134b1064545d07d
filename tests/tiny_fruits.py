"""Drawn fruits to measure models on, and a protocol of few of them."""

from pathlib import Path

import cv2
import datasets
import numpy as np
import pytest
from PIL import Image

from tests.needs import need
from training.measuring.protocol import Protocol

WEIGHTS = Path(__file__).parents[2] / "shared" / "weights" / "lpips_alex"
COUNT = 44
SMALL = Protocol(inputs=4, pairs=2, outputs=5, best_of=3, images=40, seed=1)


@pytest.fixture(scope="module")
def fruits(tmp_path_factory):
    """Red circles and green ones, with their colours as labels, in a parquet file."""
    need(WEIGHTS.is_dir(), "../shared/weights")
    generator, rows = np.random.default_rng(0), {"image": [], "kind": []}
    for i in range(COUNT):
        canvas = np.full((32, 32, 3), 255, np.uint8)
        colour = generator.integers(0, 60, 3) + np.roll([150, 0, 0], i % 2)
        place = (12 + i % 7, 12 + i // 7)  # its own: no two have the same edges
        cv2.circle(canvas, place, int(generator.integers(6, 12)), colour.tolist(), -1)
        rows["image"].append(Image.fromarray(canvas))
        rows["kind"].append(("red", "green")[i % 2])
    features = datasets.Features({"image": datasets.Image(), "kind": datasets.Value("string")})
    path = tmp_path_factory.mktemp("data") / "fruits.parquet"
    datasets.Dataset.from_dict(rows, features).to_parquet(str(path))
    return str(path)
