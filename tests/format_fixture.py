"""A tiny model of every class in today's format, with what it computes, to be loaded for ever.

`python -m tests.format_fixture 0.2` writes tests/fixtures/format-0.2, once the format changes; the
folders of the formats before stay as they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from munit_hub import TunitModel
from munit_hub.loading import MODELS
from tests.tiny_models import DOMAINS

FIXTURES = Path(__file__).parent / "fixtures"
RECORDED = "recorded.safetensors"
WIDTH = {"base_width": 1, "num_residual_blocks": 1, "sample_size": 32}
OPTIONS = {
    "MunitModel": {"num_downsamples": 1, "style_dim": 2, "mlp_width": 2},
    "UnitModel": {"num_downsamples": 1},
    "BicycleGanModel": {"style_dim": 2},
    "TunitModel": {"num_downsamples": 1, "style_dim": 2, "mlp_width": 2, "guide_width": 1},
}


def outputs(model, images: torch.Tensor, style: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a model makes of `images`: the last target in a style, and the style of `images`."""
    source, target = model.config.domain_names
    with torch.inference_mode():
        made = {"translated": model.translator(images, source, target)(style)}
        if hasattr(model, "encode_style"):
            made["style_of_target"] = model.encode_style(images, target)
    return {name: tensor.clone() for name, tensor in made.items()}


def write(folder: Path) -> None:
    """A model of every class and its outputs, into a folder that is not there yet."""
    folder.mkdir()
    for name, model_class in MODELS.items():
        torch.manual_seed(0)
        model = model_class(**WIDTH, **DOMAINS, **OPTIONS.get(name, {})).eval()
        images, style = torch.rand(1, 3, 32, 32) * 2 - 1, torch.randn(1, model.style_dim)
        if isinstance(model, TunitModel):
            model.measure_domains([torch.rand(16, 3, 32, 32) * 2 - 1])
        model.save_pretrained(folder / name)
        given = {"images": images, "style": style}
        save_file(given | outputs(model, images, style), folder / name / RECORDED)


if __name__ == "__main__":
    write(FIXTURES / f"format-{sys.argv[1]}")
