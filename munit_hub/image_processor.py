"""Any picture a person may have <-> tensors in [-1, 1]."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

PictureSource = str | os.PathLike[str] | Image.Image | np.ndarray[Any, Any]

MAX_PIXELS = 8192 * 8192  # a phone's largest photograph; 200 MB once decoded
# Named, because Pillow would also hand PostScript and the like to other programs.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF")
_MODES = {1: "L", 3: "RGB"}


class Crop(NamedTuple):
    """Where the picture lies in its padded form, in pixels."""

    top: int
    left: int
    height: int
    width: int


def open_image(
    source: PictureSource, max_pixels: int = MAX_PIXELS, name: str = "image"
) -> Image.Image:
    """A picture as an upright RGB image, with transparency over white.

    `source` is a path, a PIL image, or an array (H, W) or (H, W, 1 | 3 | 4) of uint8, uint16 or
    floats in [0, 1]. The first frame counts. Whole numbers of 16 or 32 bits span 0..65535,
    floats 0..1, 0..255 or 0..65535, the first that holds them; what none holds, its own range. Its
    size is checked before it is decoded. ValueError names the file, or the argument `name`, and
    what is allowed.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels, name)
    if isinstance(source, Image.Image):
        return _decode(source, max_pixels, name)
    if not isinstance(source, str | os.PathLike):
        raise ValueError(
            f"{name} must be a path, a PIL image or a numpy array, not {type(source).__name__}."
        )
    return _from_file(Path(source), max_pixels)


def open_grey(
    picture: Image.Image, window: tuple[float, float] | None = None, name: str = "image"
) -> np.ndarray[Any, Any]:
    """A picture as upright grey (H, W) float32 in [0, 1], with all its bits.

    `window` are the values that become black and white, in the picture's own numbers (0..255,
    0..65535, ...), what lies outside is clipped; None is the range that `open_image` takes.
    """
    deep = picture.mode.startswith("I;16") or picture.mode in ("I", "F")
    if not deep:
        values = np.asarray(open_image(picture, name=name).convert("L"), dtype=np.float32)
        low, high = window or (0, 255)
    else:
        values = np.asarray(_upright(picture), dtype=np.float32)
        low, high = window or ((0, 65535) if picture.mode[1:2] == ";" else _range(values, name))
    return np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)


def at_most(size: tuple[int, int], longest_side: int | None) -> tuple[int, int]:
    """A width and height in pixels made smaller alike, until neither is above `longest_side`."""
    if longest_side is None or max(size) <= longest_side:
        return size
    width, height = (max(round(side * longest_side / max(size)), 1) for side in size)
    return width, height


def to_tensor(image: Image.Image, channels: int = 3) -> Tensor:
    """A picture as (channels, H, W) float32 in [-1, 1]; 1 channel is grey, 3 are RGB."""
    if channels not in _MODES:
        raise ValueError(f"channels must be 1 (grey) or 3 (RGB), not {channels}.")
    values = np.array(image.convert(_MODES[channels]), dtype=np.float32)
    values = values.reshape(image.height, image.width, channels)
    return torch.from_numpy(values).permute(2, 0, 1).contiguous() / 127.5 - 1


def to_pil(tensor: Tensor) -> Image.Image:
    """A tensor (1 | 3, H, W) in [-1, 1] as a grey or RGB picture; what lies outside is clipped."""
    if tensor.ndim != 3 or tensor.shape[0] not in _MODES:
        raise ValueError(
            f"The tensor must be (1, H, W) or (3, H, W), not of shape {tuple(tensor.shape)}."
        )
    values = (tensor.detach().float().clamp(-1, 1) + 1) * 127.5
    array = values.round().to("cpu", torch.uint8).permute(1, 2, 0).numpy()
    return Image.fromarray(array.squeeze(2) if array.shape[2] == 1 else array)


def pad_to_model(images: Tensor, multiple: int, min_size: int) -> tuple[Tensor, Crop]:
    """Images (B, C, H, W) reflected on all sides until the model takes them, and where they are.

    The new height and width divide by `multiple` and are at least `min_size`, in pixels. Where
    one reflection does not reach, it is reflected again; one pixel is repeated.
    """
    height, width = images.shape[-2:]
    rows, top = _reflected_indices(height, multiple, min_size)
    columns, left = _reflected_indices(width, multiple, min_size)
    if len(rows) > height:
        images = images.index_select(-2, rows.to(images.device))
    if len(columns) > width:
        images = images.index_select(-1, columns.to(images.device))
    return images, Crop(top, left, height, width)


def crop_back(images: Tensor, crop: Crop) -> Tensor:
    """What `pad_to_model` padded, at its own size again."""
    top, left, height, width = crop
    return images[..., top : top + height, left : left + width]


def _reflected_indices(size: int, multiple: int, min_size: int) -> tuple[Tensor, int]:
    """Which pixel of an axis each padded pixel shows, and where the axis itself begins."""
    padded = -(-max(size, min_size) // multiple) * multiple
    before = (padded - size) // 2
    last = max(size - 1, 1)
    position = torch.arange(-before, padded - before)
    return (last - (position % (2 * last) - last).abs()).clamp(max=size - 1), before


def _from_file(path: Path, max_pixels: int) -> Image.Image:
    if not path.exists():
        raise ValueError(f"{path} does not exist; a picture file is needed.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; a picture file is needed.")
    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        with warnings.catch_warnings():
            # Our own bound says the same, as an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=formats)
    except Image.DecompressionBombError:
        raise ValueError(f"{path} is too large; {_allowed(max_pixels)}.") from None
    except Exception as error:  # a broken header raises nearly anything, from any decoder
        raise ValueError(
            f"{path} is not a picture that can be read; {', '.join(formats)} files can."
        ) from error
    with image:
        return _decode(image, max_pixels, str(path))


def _decode(image: Image.Image, max_pixels: int, name: str) -> Image.Image:
    _check_size(image.width, image.height, max_pixels, name)
    try:
        image.load()
    except Exception as error:  # as above
        raise ValueError(
            f"{name} cannot be decoded, it may be truncated or damaged: {error}."
        ) from error
    return _to_rgb(_upright(image), name)


def _from_array(array: np.ndarray[Any, Any], max_pixels: int, name: str) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or array.ndim == 3 and array.shape[2] in (3, 4)):
        raise ValueError(
            f"{name} must be an array (H, W) or (H, W, 1 | 3 | 4), not of shape {array.shape}."
        )
    _check_size(array.shape[1], array.shape[0], max_pixels, name)
    return _over_white(Image.fromarray(_to_uint8(array, name)))


def _to_uint8(array: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == np.uint16:
        return _scale(array, 0, 65535)
    if array.dtype.kind == "f" and array.min() >= 0 and array.max() <= 1:
        return _scale(array, 0, 1)
    raise ValueError(
        f"{name} must hold uint8, uint16 or floats in [0, 1], not {array.dtype} "
        f"from {array.min()} to {array.max()}."
    )


def _scale(array: np.ndarray[Any, Any], low: float, high: float) -> np.ndarray[Any, Any]:
    """Values from low..high to uint8 0..255."""
    return ((array - np.float64(low)) / (high - low) * 255).round().astype(np.uint8)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF says nothing about the picture, which is whole
        return image


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray(_scale(np.asarray(image), 0, 65535)).convert("RGB")
    if image.mode in ("I", "F"):
        return Image.fromarray(_wide_grey(np.asarray(image), name)).convert("RGB")
    if image.mode in ("LAB", "La"):  # Pillow turns these into wrong colours, or not at all
        raise ValueError(
            f"{name} has the colour mode {image.mode}; grey, RGB, palette and CMYK are allowed."
        )
    return _over_white(image)


def _wide_grey(array: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """32-bit grey to uint8; see `open_image` for the ranges."""
    return _scale(array, *_range(array, name))


def _range(array: np.ndarray[Any, Any], name: str) -> tuple[float, float]:
    """What is black and what is white in 32-bit grey; see `open_image`."""
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite; only finite ones are allowed.")
    low, high = float(array.min()), float(array.max())
    ranges = (1, 255, 65535) if array.dtype.kind == "f" else (65535,)
    for white in ranges:
        if low >= 0 and high <= white:
            return 0, white
    return low, high if high > low else low + 1


def _over_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def _allowed(max_pixels: int) -> str:
    return f"at most {max_pixels:,} pixels are allowed (max_pixels)"


def _check_size(width: int, height: int, max_pixels: int, name: str) -> None:
    if width == 0 or height == 0:
        raise ValueError(f"{name} has no pixels; at least 1 x 1 is needed.")
    if width * height > max_pixels:
        raise ValueError(
            f"{name} is too large at {width} x {height} pixels; {_allowed(max_pixels)}."
        )
