"""The sample grid: what the model makes of a few fixed images, to look at while it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from PIL import Image
from torch import Tensor

from munit_hub.image_processor import to_pil


class Translator(Protocol):
    """What any model of this package does; reconstruct where it translates both ways."""

    @property
    def targets(self) -> list[str]: ...

    def reconstruct(self, images: Tensor, domain: str) -> Tensor: ...

    def encode_style(self, images: Tensor, domain: str) -> Tensor: ...

    def translator(
        self, images: Tensor, source: str, target: str
    ) -> Callable[[Tensor], Tensor]: ...


@torch.inference_mode()
def sample_rows(model: Translator, x: dict[str, Tensor], styles: Tensor, a: str, b: str) -> Tensor:
    """Rows of (input, check, one translation a style, check) for the images of `a`.

    x[a] (N, C, H, W), styles (S, style_dim); the result is (N, S + 3, 3, H, W) in [-1, 1].
    Where there is a way back, the checks are the reconstruction and the cycle: the first
    translation translated back with the input's own style. Where there is none, the model knows
    pairs, and they are the pair's other image and the translation in that one's style.
    """
    x_a, x_b = x[a], x[b]
    translate = model.translator(x_a, a, b)
    translations = [translate(style.expand(len(x_a), -1)) for style in styles]
    if a in model.targets:
        x_aba = model.translator(translations[0], b, a)(model.encode_style(x_a, a))
        first, last = model.reconstruct(x_a, a), x_aba
    else:
        first, last = x_b, translate(model.encode_style(x_b, b))
    columns = [x_a, first, *translations, last]
    return torch.stack([image.float().expand(-1, 3, -1, -1) for image in columns], dim=1)


def tile(rows: Tensor, gap: int = 2) -> Image.Image:
    """(N, M, 3, H, W) in [-1, 1] as one picture of N rows and M columns on white."""
    count, columns, _, height, width = rows.shape
    sheet = Image.new("RGB", (columns * (width + gap) - gap, count * (height + gap) - gap), "white")
    for i in range(count):
        for j in range(columns):
            sheet.paste(to_pil(rows[i, j]), (j * (width + gap), i * (height + gap)))
    return sheet


@torch.inference_mode()
def sample_sheet(
    model: Translator, x: dict[str, Tensor], styles: Tensor | None
) -> dict[str, Tensor]:
    """`sample_rows` of every direction of a two-domain model, by the target's name.

    Without styles x has one entry, whose images are translated into each other's style.
    """
    if styles is None:
        ((name, images),) = x.items()
        a = model.targets[0]  # any will do
        return {name: sample_rows(model, {a: images}, model.encode_style(images, a), a, a)}
    a, b = x
    return {
        target: sample_rows(model, x, styles, source, target)
        for source, target in ((a, b), (b, a))
        if target in model.targets
    }


def sample_grid(sheet: dict[str, Tensor]) -> Image.Image:
    """Every direction of a sheet, below each other, as one picture."""
    return tile(torch.cat(list(sheet.values())).cpu())


def diversity(rows: Tensor) -> float:
    """Mean absolute difference, in [0, 2], of an input's translations in one style and the next.

    0 where there is one style only.
    """
    made = rows[:, 2:-1]  # without the input and the two checks
    if made.shape[1] < 2:
        return 0.0
    return (made[:, 1:] - made[:, :-1]).abs().mean().item()
