"""The sample grid: what the model makes of a few fixed images, to look at while it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from PIL import Image
from torch import Tensor

from munit_hub.image_processor import to_pil


class Translator(Protocol):
    """What any model of this package does."""

    def reconstruct(self, images: Tensor, domain: str) -> Tensor: ...

    def encode_style(self, images: Tensor, domain: str) -> Tensor: ...

    def translator(
        self, images: Tensor, source: str, target: str
    ) -> Callable[[Tensor], Tensor]: ...


@torch.inference_mode()
def sample_rows(model: Translator, x_a: Tensor, styles: Tensor, a: str, b: str) -> Tensor:
    """Rows of (input, reconstruction, one translation a style, cycle) for images of `a`.

    x_a (N, C, H, W), styles (S, style_dim); the result is (N, S + 3, 3, H, W) in [-1, 1]. The
    cycle translates the first translation back with the input's own style.
    """
    translate = model.translator(x_a, a, b)
    translations = [translate(style.expand(len(x_a), -1)) for style in styles]
    x_aba = model.translator(translations[0], b, a)(model.encode_style(x_a, a))
    columns = [x_a, model.reconstruct(x_a, a), *translations, x_aba]
    return torch.stack([image.float().expand(-1, 3, -1, -1) for image in columns], dim=1)


def tile(rows: Tensor, gap: int = 2) -> Image.Image:
    """(N, M, 3, H, W) in [-1, 1] as one picture of N rows and M columns on white."""
    count, columns, _, height, width = rows.shape
    sheet = Image.new("RGB", (columns * (width + gap) - gap, count * (height + gap) - gap), "white")
    for i in range(count):
        for j in range(columns):
            sheet.paste(to_pil(rows[i, j]), (j * (width + gap), i * (height + gap)))
    return sheet


def sample_grid(model: Translator, x: dict[str, Tensor], styles: Tensor) -> Image.Image:
    """Both directions of a two-domain model below each other, as one picture."""
    (a, b) = x
    rows = [sample_rows(model, x[a], styles, a, b), sample_rows(model, x[b], styles, b, a)]
    return tile(torch.cat(rows).cpu())
