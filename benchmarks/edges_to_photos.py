"""`python benchmarks/quality.py MODEL`: how varied and real a model's edges-to-photo pictures are.

Diversity: mean LPIPS (AlexNet v0.1) between outputs of the same sketch, 100 sketches, 19 pairs
each. Quality: Frechet distance on the spatial means of AlexNet's last convolution (after ReLU)
between 800 real test photographs and 800 outputs (100 sketches, 8 styles). Everything is resized
bilinearly to 128 pixels. Sketches are the edges of test photographs at the model's resolution.
Beside each figure stands what real photographs give: the test ones among themselves, and 800 of
those that the model learnt from against the same 800 test photographs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from munit_hub.edges import draw_edges
from munit_hub.loading import Model, load_model
from training.cache import fit_square
from training.data import to_batch
from training.metrics.features import ALEXNET_SIZE, FeatureExtractor, alexnet_features, resized
from training.metrics.frechet import frechet_distance
from training.metrics.lpips import Lpips, load_lpips
from training.provenance import machine
from training.sources import SourceConfig, load_rows

SHARED = Path(__file__).resolve().parents[2] / "shared"
SIZE = ALEXNET_SIZE  # every image is resized to this before a feature is taken
SKETCHES, PAIRS, STYLES, PHOTOS = 100, 19, 8, 800


def to_photos(pictures: list[Image.Image]) -> Tensor:
    """Pictures as (N, 3, 128, 128), each resized as a whole."""
    whole = (np.asarray(picture.convert("RGB")) for picture in pictures)
    return torch.cat([resized(to_batch([pixels]), SIZE) for pixels in whole])


def read_train_photos(path: str, part: str | None, generator: torch.Generator) -> Tensor:
    """800 of the photographs that a model learnt from, (800, 3, 128, 128)."""
    rows = load_rows(SourceConfig(path, part=part))
    chosen = torch.randperm(len(rows), generator=generator)[:PHOTOS].tolist()
    return to_photos([rows[i]["image"] for i in chosen])


def read_photos(path: str, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """All test photographs at 128 pixels, and the sketches of 100 of them at `size` pixels."""
    pictures = [row["image"] for row in load_rows(SourceConfig(path, split="test"))]
    photos = to_photos(pictures)
    chosen = torch.randperm(len(pictures), generator=generator)[:SKETCHES].tolist()
    sketches = [np.asarray(draw_edges(fit_square(pictures[i], size))) for i in chosen]
    return photos, to_batch([np.repeat(sketch[..., None], 3, axis=2) for sketch in sketches])


@torch.inference_mode()
def translations(
    model: Model, sketch: Tensor, n: int, domains: tuple[str, str], generator: torch.Generator
) -> Tensor:
    """n outputs (n, 3, 128, 128) of one sketch (1, 3, H, W), in styles from the prior."""
    translate = model.translator(sketch, *domains)
    chunks = model.sample_style(n, generator).split(STYLES)
    return torch.cat([resized(translate(styles), SIZE) for styles in chunks])


def measure(
    model: Model,
    photos: Tensor,
    train_photos: Tensor,
    sketches: Tensor,
    lpips: Lpips,
    features: FeatureExtractor,
    generator: torch.Generator,
) -> dict[str, float]:
    """The two figures of the model, and the same of real photographs."""
    source, target = model.config.domain_names
    distances, outputs = [], []
    for sketch in tqdm(sketches.split(1), desc="sketches"):
        made = translations(model, sketch, 2 * PAIRS, (source, target), generator)
        distances.append(lpips(made[::2], made[1::2]))
        outputs.append(features(made[:STYLES]))
    real = features(photos)[torch.randperm(len(photos), generator=generator)]
    shuffled = photos[torch.randperm(len(photos), generator=generator)]
    first, second = shuffled[: len(photos) // 2], shuffled[len(photos) // 2 :]
    half = len(real) // 2
    per_sketch = torch.stack(distances).mean(1)
    return {
        "lpips": per_sketch.mean().item(),
        "lpips_standard_error": (per_sketch.std() / len(per_sketch) ** 0.5).item(),
        "lpips_between_real_photos": lpips_of_pairs(lpips, first, second[: len(first)]),
        "frechet": frechet_distance(real[:PHOTOS], torch.cat(outputs)),
        "frechet_between_halves_of_real_photos": frechet_distance(real[:half], real[half:]),
        "frechet_of_real_training_photos": frechet_distance(real[:PHOTOS], features(train_photos)),
    }


@torch.inference_mode()
def lpips_of_pairs(lpips: Lpips, x: Tensor, y: Tensor) -> float:
    """Mean distance of x[i] to y[i]."""
    pairs = zip(x.split(50), y.split(50), strict=True)
    return torch.cat([lpips(a, b) for a, b in pairs]).mean().item()


def main(
    model: str,
    photos: str = str(SHARED / "data" / "fruits" / "test.parquet"),
    train_photos: str = str(SHARED / "data" / "fruits" / "train.parquet"),
    train_part: str | None = "1/2",
    weights: str = str(SHARED / "weights" / "lpips_alex"),
    seed: int = 0,
    output: str | None = None,
) -> None:
    """Measure a model from edges to photographs.

    Args:
        model: a model's folder or Hub id; its first domain is edges, its second photographs
        photos: test photographs, a parquet file or a folder
        train_photos: the photographs it learnt from
        train_part: the part of these that it saw
        weights: lpips_alex_v0.1.safetensors, its folder or a Hub id
        seed: of the sketches, styles and pairs
        output: a JSON file to write as well
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    loaded = load_model(model).to(memory_format=torch.channels_last)
    real, sketches = read_photos(photos, loaded.config.sample_size or 256, generator)
    with torch.inference_mode():
        learnt = read_train_photos(train_photos, train_part, generator)
        judges = load_lpips(weights), alexnet_features(weights)
        figures = measure(loaded, real, learnt, sketches, *judges, generator)
    report = {
        **{name: round(value, 4) for name, value in figures.items()},
        "protocol": f"{len(sketches)} sketches, {PAIRS} pairs each; {PHOTOS} photographs against "
        f"{len(sketches) * STYLES} outputs; AlexNet, {SIZE} pixels bilinear",
        "seed": seed,
        "model": model,
        "machine": f"{machine()}, torch {torch.__version__}",
    }
    for name, value in report.items():
        print(f"{name:40} {value}")
    if output:
        Path(output).write_text(json.dumps(report, indent=2) + "\n")
