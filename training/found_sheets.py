"""Pictures of found domains: what is in each, and what translation makes of a few test images."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from munit_hub.modeling_tunit import TunitModel
from training.data import to_batch
from training.evaluate import tile
from training.pictures import Source

COLUMNS = 8
SHEET_PICTURES = 48
TEST_IMAGES = 8


def contact_sheet(source: Source, nearest_first: np.ndarray) -> Image.Image:
    """The first SHEET_PICTURES of these pictures, given by number, in rows."""
    images = shown(source, nearest_first[:SHEET_PICTURES])
    columns = min(COLUMNS, len(images))
    images = F.pad(images, (0, 0, 0, 0, 0, 0, 0, -len(images) % columns), value=1.0)
    return tile(images.unflatten(0, (-1, columns)))


def shown(source: Source, numbers: np.ndarray) -> Tensor:
    """Pictures given by number as (N, 3, H, W) in [-1, 1], grey ones too."""
    return to_batch([source.view(number) for number in numbers]).expand(-1, 3, -1, -1)


def images_and_references(model: TunitModel, source: Source, seed: int) -> tuple[Tensor, ...]:
    """TEST_IMAGES pictures of a source at random, and as many others where there are enough."""
    order = np.random.default_rng(seed).permutation(len(source.pictures))
    numbers = np.resize(order, 2 * TEST_IMAGES)
    images = to_batch([source.view(number) for number in numbers]).to(model.device, model.dtype)
    return images.chunk(2)


@torch.inference_mode()
def style_grid(model: TunitModel, images: Tensor, styles: Tensor) -> Tensor:
    """Rows of an image and its translation into every style: (N, 1 + S, 3, H, W)."""
    rows = []
    for image in images[:, None]:  # one at a time: the content is encoded once for all styles
        translate = model.translator(image, 0, 0)
        rows.append(torch.cat((image, translate(styles))).float().expand(-1, 3, -1, -1))
    return torch.stack(rows).cpu()


def domain_grid(model: TunitModel, images: Tensor) -> Image.Image:
    """Images in the mean style of every domain that has images, in their order."""
    sizes = model.config.domain_sizes
    known = [model.domain_style(index) for index, size in enumerate(sizes) if size]
    return tile(style_grid(model, images, torch.stack(known)))


@torch.inference_mode()
def reference_grid(model: TunitModel, images: Tensor, references: Tensor) -> Image.Image:
    """Images in the styles of reference images, which stand above their columns."""
    rows = style_grid(model, images, model.encode_style(references))
    above = references.float().cpu().expand(-1, 3, -1, -1)
    head = torch.cat((torch.ones_like(above[:1]), above))
    return tile(torch.cat((head[None], rows)))
