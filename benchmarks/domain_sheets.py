"""`python benchmarks/domain_sheets.py MODEL`: a contact sheet of every domain that a model found.

The page shows them beside the model: MODEL/domains/0.webp for the first domain, and so on. Each
has nine pictures of the domain, from the nearest to its mean style to the farthest, in equal
steps: what the guide is unsure of is seen as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from jsonargparse import auto_cli
from PIL import Image

from benchmarks.systems import DATA
from munit_hub.modeling_tunit import TunitModel
from space.domains import SHEETS
from training.evaluate import tile
from training.found_report import guide_all
from training.found_sheets import shown
from training.pictures import Source, open_source
from training.sources import SourceConfig

SIDE = 3  # pictures in a row and in a column
SIZE = 96  # pixels a side of each


def main(
    model: str,
    photos: str = str(DATA / "fruits10" / "test.parquet"),
    cache_dir: str = ".cache/images",
    quality: int = 80,
) -> None:
    """Write a sheet a domain; a domain without pictures gets none.

    Args:
        model: the folder of a model that finds domains itself
        photos: pictures that it was not trained on, a parquet file
        cache_dir: where the decoded pictures are kept
        quality: of WebP
    """
    loaded = TunitModel.from_pretrained(model)
    config = SourceConfig(path=photos)
    seen = open_source(config, "pictures", loaded.config.sample_size or SIZE, cache_dir)
    large = open_source(config, "pictures", SIZE, cache_dir)
    folder = Path(model, SHEETS)
    folder.mkdir(exist_ok=True)
    styles, domains = guide_all(loaded, seen)
    means = loaded.domain_styles.numpy()
    for index in np.unique(domains):
        members = np.flatnonzero(domains == index)
        distances = np.linalg.norm(styles[members] - means[index], axis=1)
        chosen = members[distances.argsort(kind="stable")]
        draw_sheet(large, chosen).save(folder / f"{index}.webp", quality=quality, method=6)


def draw_sheet(source: Source, members: np.ndarray) -> Image.Image:
    """SIDE x SIDE of these pictures, given by number, in equal steps; white where there are few."""
    count = SIDE * SIDE
    steps = np.unique(np.linspace(0, len(members) - 1, count).round().astype(int))
    images = shown(source, members[steps])
    white = torch.ones(count - len(images), *images.shape[1:])
    return tile(torch.cat((images, white)).unflatten(0, (SIDE, SIDE)), gap=4)


if __name__ == "__main__":
    auto_cli(main, as_positional=True)
