"""The sample grid: what the model makes of a few fixed images, to look at while it trains."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from munit_hub.image_processor import to_pil
from munit_hub.modeling_munit import MunitModel


@torch.inference_mode()
def sample_rows(model: MunitModel, x_a: Tensor, styles: Tensor, a: str, b: str) -> Tensor:
    """Rows of (input, reconstruction, one translation a style, cycle) for images of `a`.

    x_a (N, C, H, W), styles (S, style_dim); the result is (N, S + 3, 3, H, W) in [-1, 1]. The
    cycle decodes the first translation's content with the input's own style.
    """
    c, s = model.encode(x_a, a)
    translations = [model.decode(c, style.expand(len(x_a), -1), b) for style in styles.to(s.dtype)]
    x_aba = model.decode(model.encode_content(translations[0], b), s, a)
    columns = [x_a, model.decode(c, s, a), *translations, x_aba]
    return torch.stack([image.float().expand(-1, 3, -1, -1) for image in columns], dim=1)


def tile(rows: Tensor, gap: int = 2) -> Image.Image:
    """(N, M, 3, H, W) in [-1, 1] as one picture of N rows and M columns on white."""
    count, columns, _, height, width = rows.shape
    sheet = Image.new("RGB", (columns * (width + gap) - gap, count * (height + gap) - gap), "white")
    for i in range(count):
        for j in range(columns):
            sheet.paste(to_pil(rows[i, j]), (j * (width + gap), i * (height + gap)))
    return sheet


def sample_grid(model: MunitModel, x: dict[str, Tensor], styles: Tensor) -> Image.Image:
    """Both directions of a two-domain model below each other, as one picture."""
    (a, b) = x
    rows = [sample_rows(model, x[a], styles, a, b), sample_rows(model, x[b], styles, b, a)]
    return tile(torch.cat(rows).cpu())
