"""Hand drawings, in any pen, brought to the look of the edges that models are trained on."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from munit_hub.image_processor import open_image

INK = 24  # smallest difference from the paper, of 255, that counts as ink
FILL = 0.95  # share of the frame that a drawing's longer side takes; the fruit's is 0.9 to 1
LARGEST = 2048  # pixels a side: what a pen leaves is seen there, and memory and time are bounded
_FITS, _SAMPLES = 12, 256  # of the paper: rounds, and pixels of each of the four sides
_FOLLOWING = 0.9  # share of the border that must be near a paper of uneven light
FILLED = 2.2  # an area is this many times wider than the pen; a line is not


def clean_drawing(drawing: Image.Image, size: int) -> Image.Image:
    """A drawing as (size x size) RGB: dark lines one pixel wide on white, filling the frame.

    Any pen width and colour, on white, transparent, grey or black. Areas filled with colour
    become their outline. Lines that are one pixel wide and fill the frame stay as they are.
    ValueError for a drawing with nothing on it.
    """
    upright = open_image(drawing)
    upright.thumbnail((LARGEST, LARGEST))
    mask = ink_mask(np.asarray(upright))
    if not mask.any():
        raise ValueError("The drawing is empty: draw at least one line.")
    lines = cropped(mask)
    if mask.shape == (size, size) and max(lines.shape) >= 0.8 * size:
        canvas = outline_areas(mask)
    else:
        canvas = placed(outline_areas(lines), size)
    return Image.fromarray(255 - 255 * thin(canvas)).convert("RGB")


def cropped(mask: np.ndarray) -> np.ndarray:
    """The part of a mask that holds everything in it."""
    rows, columns = np.nonzero(mask)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def ink_mask(picture: np.ndarray) -> np.ndarray:
    """Where an (H, W, 3) uint8 picture differs from its paper.

    Threshold by Otsu between paper and ink, but never below `INK`. (H, W) bool.
    """
    difference = np.abs(picture - paper_of(picture)).max(axis=2).round().astype(np.uint8)
    threshold, _ = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # Otsu parts strokes from each other where a dark and a light pen are used: half of it is safe.
    return difference > max(INK, threshold / 2)


def paper_of(picture: np.ndarray) -> np.ndarray:
    """The colour of the paper of an (H, W, 3) uint8 picture everywhere, (H, W, 3) float32.

    A quadratic of the place that nearly all of the border follows: light falls unevenly on a page
    that is photographed. Least absolute differences, so that lines across the border do not count.
    Where the border follows none, as a table beside the page does not, its median.
    """
    height, width = picture.shape[:2]
    rows, columns = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    y, x = _border(np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=2)).T
    seen, terms = _border(picture).astype(np.float64), _quadratic(y, x)
    weights = np.ones(seen.shape)
    for _ in range(_FITS):
        found = np.stack(
            [
                np.linalg.lstsq(terms * w[:, None], channel * w, rcond=None)[0]
                for w, channel in zip(np.sqrt(weights).T, seen.T, strict=True)
            ],
            axis=1,
        )
        weights = 1 / np.maximum(np.abs(seen - terms @ found), 1)
    follows = (np.abs(seen - terms @ found) < INK).all(axis=1)
    if follows.mean() < _FOLLOWING:
        return np.full(picture.shape, np.median(seen, axis=0), np.float32)
    places = np.meshgrid(rows.astype(np.float32), columns.astype(np.float32), indexing="ij")
    paper = _quadratic(*places) @ found.astype(np.float32)
    return np.clip(paper, 0, 255)


def _border(values: np.ndarray) -> np.ndarray:
    """Some of the outermost values of (H, W, C), (N, C)."""
    lines = (values[0], values[-1], values[:, 0], values[:, -1])
    return np.concatenate([line[:: max(len(line) // _SAMPLES, 1)] for line in lines])


def _quadratic(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.stack([np.ones_like(x), y, x, y * y, y * x, x * x], axis=-1)


def outline_areas(mask: np.ndarray) -> np.ndarray:
    """Lines as they are; areas that are much wider than the pen as their outline. (H, W) uint8."""
    mask = np.pad(mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    ridge = depth[(depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3))))]
    pen = float(np.median(ridge))  # half of the pen's width
    thick = np.clip(FILLED * pen, 0.04 * max(mask.shape), 0.18 * max(mask.shape))
    inside = cv2.erode(opened(mask, int(np.ceil(thick))), np.ones((3, 3)))
    return np.where(inside > 0, 0, mask).astype(np.uint8)[1:-1, 1:-1]


def opened(mask: np.ndarray, radius: int) -> np.ndarray:
    """The part of a mask that discs of that radius inside it cover. (H, W) uint8 of 0 and 1.

    Two distance transforms take the same time for every radius; `cv2.morphologyEx` with a disc
    takes minutes for a large scan.
    """
    centres = _distances(mask) > radius
    return (_distances(~centres) <= radius).astype(np.uint8)


def _distances(mask: np.ndarray) -> np.ndarray:
    """How far each pixel of a mask is from the nearest one outside of it, in pixels."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def placed(lines: np.ndarray, size: int) -> np.ndarray:
    """Lines scaled to fill `FILL` of a (size, size) frame, in its middle."""
    scale = FILL * size / max(lines.shape)
    height, width = (max(round(side * scale), 1) for side in lines.shape)
    if scale < 1:  # every pixel of a line leaves a mark, however thin the pen was
        rows, columns = (np.nonzero(lines)[i] * scale for i in (0, 1))
        small = np.zeros((height, width), np.uint8)
        small[rows.astype(int).clip(0, height - 1), columns.astype(int).clip(0, width - 1)] = 1
    else:
        small = cv2.resize(lines, (width, height), interpolation=cv2.INTER_NEAREST)
    canvas = np.zeros((size, size), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    canvas[top : top + height, left : left + width] = small
    return canvas


def thin(lines: np.ndarray) -> np.ndarray:
    """Lines worn down from both sides until they are one pixel wide. (H, W) uint8 of 0 and 1.

    Source: Zhang and Suen 1984.
    """
    lines = np.pad(lines, 1)
    while True:
        before = lines.sum()
        for first_pass in (True, False):
            lines = lines & ~_removable(lines, first_pass)
        if lines.sum() == before:
            return lines[1:-1, 1:-1]


def _removable(lines: np.ndarray, first_pass: bool) -> np.ndarray:
    # Neighbours clockwise from the north: p2, p3, ..., p9 of the paper.
    steps = [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)]
    around = np.stack([np.roll(lines, step, axis=(0, 1)) for step in steps])
    count = around.sum(axis=0)
    turns = ((around == 0) & (np.roll(around, -1, axis=0) == 1)).sum(axis=0)
    north, east, south, west = around[0::2]
    first = (north & east & south, east & south & west)
    second = (north & east & west, north & south & west)
    one, other = first if first_pass else second
    fits = (count >= 2) & (count <= 6) & (turns == 1) & (one == 0) & (other == 0)
    return (lines & fits).astype(np.uint8)
