"""`python benchmarks/style_points.py MODEL PHOTOS`: styles of real pictures, for the page's map.

Written to MODEL/styles.json: of each domain, the styles of `n` pictures of a parquet file that the
model was not trained on. Photographs stand for every domain but edges, which are drawn from them;
a model that found its domains itself says which of them a picture belongs to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from jsonargparse import auto_cli
from torch import Tensor

from munit_hub.edges import draw_edges
from munit_hub.loading import Model, load_model
from training.data import to_batch
from training.pictures import open_source
from training.sources import SourceConfig

SIZE = 96  # pixels a side, where the model does not say what it was trained at


def main(
    model: str, photos: str, n: int = 150, seed: int = 0, cache_dir: str = ".cache/images"
) -> None:
    """Write the styles of n pictures a domain, or of n pictures of all found domains.

    Args:
        model: the folder of a model with styles
        photos: a parquet file of pictures that it was not trained on
        n: how many of them, chosen by the seed
        seed: of the choice
        cache_dir: where the decoded pictures are kept
    """
    loaded = load_model(model)
    size = loaded.config.sample_size or SIZE
    source = open_source(SourceConfig(path=photos), "pictures", size, cache_dir)
    chosen = np.random.default_rng(seed).permutation(len(source.pictures))[:n]
    styles = styles_of(loaded, [source.view(i) for i in sorted(chosen)])
    rounded = {name: np.round(rows.double().numpy(), 3).tolist() for name, rows in styles.items()}
    text = json.dumps(rounded).replace("[[", "[\n[").replace("], [", "],\n[")
    (Path(model) / "styles.json").write_text(f"{text}\n", encoding="utf-8")


@torch.inference_mode()
def styles_of(model: Model, photos: list[np.ndarray]) -> dict[str, Tensor]:
    """The styles (N, style_dim) of photographs, domain by domain."""
    if model.domain_in_style:
        styles, logits = model.guide(to_batch(photos))
        members = {name: logits.argmax(1) == i for i, name in enumerate(model.targets)}
        return {name: styles[mask] for name, mask in members.items()}
    edges = [np.asarray(draw_edges(photo).convert("RGB")) for photo in photos]
    return {
        name: model.encode_style(to_batch(edges if name == "edges" else photos), name)
        for name in model.targets
    }


if __name__ == "__main__":
    auto_cli(main, as_positional=True)
