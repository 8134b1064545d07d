"""Line drawings: the edges of a photograph."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image


def draw_edges(
    photo: Image.Image | np.ndarray, low: float = 40, high: float = 100, blur: int = 5
) -> Image.Image:
    """The edges of a photograph as dark lines, one pixel wide, on white.

    photo: RGB picture or (H, W, 3) uint8 array. low, high: Canny's two thresholds on the gradient
    of the grey values (0..255). blur: side of the Gaussian before it, in pixels; 1 is none.
    Returns mode "L" of the same size, 0 on a line and 255 elsewhere.
    Raises ValueError for thresholds out of order or an even blur. Source: Canny 1986.
    """
    if not 0 < low <= high:
        raise ValueError(f"edges need 0 < low <= high, got low={low} and high={high}.")
    if blur < 1 or blur % 2 == 0:
        raise ValueError(f"edges need an odd blur of at least 1 pixel, got {blur}.")
    grey = cv2.cvtColor(_rgb_array(photo), cv2.COLOR_RGB2GRAY)
    lines = cv2.Canny(cv2.GaussianBlur(grey, (blur, blur), 0), low, high)
    return Image.fromarray(255 - lines)


def _rgb_array(photo: Image.Image | np.ndarray) -> np.ndarray:
    if isinstance(photo, Image.Image):
        return np.asarray(photo.convert("RGB"))
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        raise ValueError(
            f"a photo must be an (H, W, 3) uint8 array, got {photo.shape} {photo.dtype}."
        )
    return photo
