"""`python benchmarks/gallery.py MODEL OUTPUT`: the README's picture, sketches and their styles.

Every row is the sketch of a test photograph and its translations in the same eight styles.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from jsonargparse import auto_cli
from PIL import Image

from benchmarks.systems import DATA
from munit_hub.loading import load_model
from training.data import to_batch
from training.evaluate import tile
from training.pictures import open_source
from training.sources import EdgeConfig, SourceConfig

STYLES = 8


@torch.inference_mode()
def main(
    model: str,
    output: str,
    photos: str = str(DATA / "fruits" / "test.parquet"),
    cache_dir: str = ".cache/images",
    rows: int = 5,
    seed: int = 0,
    enlarge: int = 1,
) -> None:
    """Draw the gallery.

    Args:
        model: a model's folder or Hub id; its first domain is edges, its second photographs
        output: the PNG to write
        photos: test photographs, a parquet file or a folder
        cache_dir: where they are kept at the model's resolution
        rows: how many sketches
        seed: of the choice of sketches and styles; nothing is picked by hand
        enlarge: how many times larger the picture is drawn
    """
    generator = torch.Generator().manual_seed(seed)
    loaded = load_model(model)
    source, target = loaded.config.domain_names
    edges = SourceConfig(photos, edges=EdgeConfig(low=40))
    pictures = open_source(edges, source, loaded.config.sample_size or 256, cache_dir)
    sketches = to_batch(pictures.examples(rows, [seed]))
    styles = loaded.sample_style(STYLES, generator)
    grid = []
    for sketch in sketches.split(1):
        made = loaded.translator(sketch, source, target)(styles)
        grid.append(torch.cat([sketch, made]))
    sheet = tile(torch.stack(grid), gap=4)
    size = (sheet.width * enlarge, sheet.height * enlarge)
    sheet.resize(size, Image.Resampling.LANCZOS).save(output)


if __name__ == "__main__":
    auto_cli(main, as_positional=True)
