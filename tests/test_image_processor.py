import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps, features

from munit_hub.image_processor import (
    crop_back,
    open_image,
    pad_to_model,
    to_pil,
    to_tensor,
)

LOSSLESS = {".png": {}, ".bmp": {}, ".tif": {}, ".ppm": {}, ".webp": {"lossless": True}}


def noise(mode="RGB", size=(13, 9), seed=0):
    bands = len(Image.new(mode, (1, 1)).getbands())
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], bands), np.uint8)
    return Image.fromarray(values.squeeze(2) if bands == 1 else values, mode)


def smooth(size=(48, 32)):
    """A picture that a lossy file keeps nearly as it is, different in each corner."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    return Image.fromarray(np.stack([x, y, 255 - x], 2).astype(np.uint8))


def saved(path, image, **options):
    image.save(path, **options)
    return path


def pixels(image):
    return np.asarray(image).astype(int)


def header_of_png(width, height):
    """A PNG that promises width x height pixels and holds none of them."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    sealed = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    empty = b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + sealed + empty


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_files_come_back_exactly(tmp_path, suffix):
    path = saved(tmp_path / f"p{suffix}", noise(), **LOSSLESS[suffix])
    for source in (path, str(path)):
        opened = open_image(source)
        assert opened.mode == "RGB"
        assert np.array_equal(pixels(opened), pixels(noise()))


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_files_come_back_nearly(tmp_path, suffix):
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    opened = open_image(saved(tmp_path / f"p{suffix}", smooth(), quality=95))
    assert np.abs(pixels(opened) - pixels(smooth())).mean() < 4


def test_a_multi_picture_jpeg_gives_its_first(tmp_path):
    path = tmp_path / "phone.jpg"
    smooth().save(path, "MPO", save_all=True, append_images=[noise()], quality=95)
    assert np.abs(pixels(open_image(path)) - pixels(smooth())).mean() < 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / f"p{suffix}", smooth(), exif=exif, quality=95)
    upright = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    opened = open_image(path)
    assert opened.size == ((32, 48) if orientation > 4 else (48, 32))
    assert np.array_equal(pixels(opened), pixels(upright))


def test_damaged_exif_does_not_spoil_a_whole_picture(tmp_path):
    path = saved(tmp_path / "p.jpg", smooth(), exif=b"Exif\0\0garbage, no header", quality=95)
    assert open_image(path).size == (48, 32)


def test_orientation_of_a_pil_image_counts_and_it_stays_as_it_was(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.open(saved(tmp_path / "p.png", smooth(), exif=exif))
    assert open_image(image).size == (32, 48)
    assert image.size == (48, 32)


@pytest.mark.parametrize(("mode", "suffix"), [("RGBA", ".png"), ("RGBA", ".webp"), ("LA", ".png")])
def test_transparency_lies_over_white(tmp_path, mode, suffix):
    image = noise(mode)
    alpha = np.asarray(image)[..., -1:] / 255
    colour = np.asarray(image)[..., :-1].astype(float)
    expected = np.broadcast_to(colour * alpha + 255 * (1 - alpha), (9, 13, 3))
    opened = open_image(saved(tmp_path / f"p{suffix}", image, lossless=True, exact=True))
    assert np.abs(pixels(opened) - expected).max() <= 1


def test_a_transparent_palette_entry_is_white(tmp_path):
    image = noise("L").convert("P")
    image.putpalette([value for i in range(256) for value in (i, 0, 255 - i)])
    plain = pixels(image.convert("RGB"))
    index = image.getpixel((3, 4))
    for suffix in (".png", ".gif"):
        opened = pixels(open_image(saved(tmp_path / f"p{suffix}", image, transparency=index)))
        assert opened[4, 3].tolist() == [255, 255, 255]
        kept = np.asarray(image) != index
        assert np.array_equal(opened[kept], plain[kept])


@pytest.mark.parametrize(("mode", "key"), [("RGB", (0, 10, 20)), ("L", 7)])
def test_a_transparent_colour_is_white(tmp_path, mode, key):
    image = noise(mode)
    image.putpixel((0, 0), key)
    opened = open_image(saved(tmp_path / "p.png", image, transparency=key))
    assert opened.getpixel((0, 0)) == (255, 255, 255)
    assert opened.getpixel((5, 5)) == image.convert("RGB").getpixel((5, 5))


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("P", ".png"), ("P", ".gif"), ("P", ".bmp"), ("L", ".jpg"), ("L", ".png"), ("1", ".png")]
    + [("1", ".tif"), ("1", ".gif"), ("CMYK", ".jpg"), ("CMYK", ".tif")],
)
def test_every_colour_mode_becomes_rgb(tmp_path, mode, suffix):
    image = smooth().convert(mode)
    opened = open_image(saved(tmp_path / f"p{suffix}", image))
    assert opened.mode == "RGB"
    assert np.abs(pixels(opened) - pixels(image.convert("RGB"))).mean() < 4


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_16_bit_grey_is_scaled_and_not_clipped(tmp_path, mode, suffix):
    if mode == "I;16B" and suffix != ".tif":
        pytest.skip("only TIFF has two byte orders")
    grey = np.array([[0, 128, 257], [1000, 32768, 65535]], np.uint16)
    image = Image.fromarray(grey).convert("I").convert(mode)
    opened = open_image(saved(tmp_path / f"p{suffix}", image))
    assert pixels(opened)[..., 0].tolist() == [[0, 0, 1], [4, 128, 255]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 25700.0, 65535.0], [0, 100, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([7e5, 7e5, 7e5], [0, 0, 0]),
    ],
)
def test_32_bit_floats_span_the_range_that_holds_them(tmp_path, values, expected):
    image = Image.fromarray(np.array([values], np.float32))
    opened = open_image(saved(tmp_path / "p.tif", image))
    assert pixels(opened)[0, :, 0].tolist() == expected


def test_32_bit_integers_span_16_bits_or_their_own_range(tmp_path):
    for values, expected in (([0, 257, 65535], [0, 1, 255]), ([-100, 0, 100], [0, 128, 255])):
        path = saved(tmp_path / "p.tif", Image.fromarray(np.array([values], np.int32)))
        assert pixels(open_image(path))[0, :, 0].tolist() == expected


def test_floats_that_are_not_finite_are_refused_by_name(tmp_path):
    path = saved(tmp_path / "p.tif", Image.fromarray(np.array([[0.5, np.nan]], np.float32)))
    with pytest.raises(ValueError, match=r"p\.tif holds values that are not finite"):
        open_image(path)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".tif", ".png"])
def test_the_first_frame_counts(tmp_path, suffix):
    red, blue = Image.new("RGB", (6, 5), "red"), Image.new("RGB", (6, 5), "blue")
    path = saved(tmp_path / f"p{suffix}", red, save_all=True, append_images=[blue], lossless=True)
    assert open_image(path).getpixel((2, 2)) == (255, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)])
def test_very_small_pictures(tmp_path, size):
    path = saved(tmp_path / "p.png", noise(size=size))
    assert open_image(path).size == size


def test_a_large_picture_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(header_of_png(9000, 9000))
    with pytest.raises(ValueError, match=r"p\.png is too large at 9000 x 9000 .* 67,108,864"):
        open_image(path)
    with pytest.raises(ValueError, match="truncated or damaged"):  # it would not have decoded
        open_image(path, max_pixels=10**8)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_decompression_bomb_is_too_large_like_any_other(tmp_path, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(header_of_png(side, side))
    with pytest.raises(ValueError, match=r"bomb\.png is too large.* at most 67,108,864 pixels"):
        open_image(path)


def test_the_bound_itself_is_allowed():
    assert open_image(noise(size=(10, 10)), max_pixels=100).size == (10, 10)
    for source in (noise(size=(10, 10)), np.zeros((10, 10), np.uint8)):
        with pytest.raises(ValueError, match="reference is too large at 10 x 10 pixels.* 99 "):
            open_image(source, max_pixels=99, name="reference")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".gif", ".tif", ".bmp", ".ppm"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.95])
def test_a_truncated_file_is_refused_by_name(tmp_path, suffix, part):
    path = saved(tmp_path / f"cut{suffix}", noise(size=(64, 64)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(ValueError, match=rf"cut\{suffix} (cannot be decoded|is not a picture)"):
        open_image(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, data):
    path = tmp_path / "other.png"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"other\.png is not a picture .*PNG, JPEG"):
        open_image(path)


def test_missing_files_and_folders_are_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"none\.png does not exist"):
        open_image(tmp_path / "none.png")
    with pytest.raises(ValueError, match="is a folder"):
        open_image(tmp_path)


def test_an_unknown_colour_mode_is_named():
    with pytest.raises(ValueError, match="colour mode LAB"):
        open_image(Image.new("LAB", (4, 4)))


def test_arrays():
    rgb = pixels(noise()).astype(np.uint8)
    same = [rgb, rgb.astype(np.uint16) * 257, rgb / 255, (rgb / 255).astype(np.float32)]
    for array in [*same, np.asfortranarray(rgb), np.dstack([rgb, np.full((9, 13), 255, np.uint8)])]:
        assert np.array_equal(pixels(open_image(array)), rgb)
    for grey in (rgb[..., 0], rgb[..., :1]):
        assert np.array_equal(pixels(open_image(grey)), np.repeat(rgb[..., :1], 3, 2))
    clear = np.zeros((2, 2, 4), np.uint8)
    assert open_image(clear).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((4, 4, 2), np.uint8), r"not of shape \(4, 4, 2\)"),
        (np.zeros((1, 4, 4, 3), np.uint8), r"not of shape \(1, 4, 4, 3\)"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (np.full((4, 4), 1.5), "floats in .* to 1.5"),
        (np.full((4, 4), np.nan), "floats in .* nan"),
        (np.zeros((4, 4), np.int64), "not int64"),
        (b"bytes", "not bytes"),
        (None, "not NoneType"),
        (torch.zeros(3, 4, 4), "not Tensor"),
    ],
)
def test_what_cannot_be_a_picture_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        open_image(source)


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("L", 1)])
def test_to_tensor_and_back_is_exact(mode, channels):
    image = noise(mode, size=(256, 3))
    tensor = to_tensor(image, channels)
    assert tensor.shape == (channels, 3, 256) and tensor.dtype == torch.float32
    assert tensor.min() >= -1 and tensor.max() <= 1
    back = to_pil(tensor)
    assert back.mode == mode and np.array_equal(pixels(back), pixels(image))


def test_black_is_minus_one_and_white_one():
    assert to_tensor(Image.new("RGB", (1, 1), "white")).tolist() == [[[1.0]]] * 3
    assert to_tensor(Image.new("RGB", (1, 1), "black"), 1).tolist() == [[[-1.0]]]


def test_to_pil_clips_what_lies_outside():
    assert list(to_pil(torch.tensor([[[-3.0, 0.0, 3.0]]])).tobytes()) == [0, 128, 255]
    assert to_pil(torch.ones(3, 2, 2, dtype=torch.bfloat16)).getpixel((0, 0)) == (255, 255, 255)


def test_other_channels_are_refused():
    with pytest.raises(ValueError, match="channels must be 1"):
        to_tensor(noise(), 2)
    for shape in ((2, 4, 4), (1, 3, 4, 4)):
        with pytest.raises(ValueError, match="not of shape"):
            to_pil(torch.zeros(shape))


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (33, 18), (40, 16)])
def test_padding_is_reflection_and_crops_back(size):
    images = torch.rand(2, 3, *size)
    padded, crop = pad_to_model(images, multiple=4, min_size=16)
    assert all(n % 4 == 0 for n in padded.shape[-2:])
    assert torch.equal(crop_back(padded, crop), images)
    below, right = (padded.shape[i] - size[i] for i in (-2, -1))
    sides = (crop.left, right - crop.left, crop.top, below - crop.top)
    assert torch.equal(padded, torch.nn.functional.pad(images, sides, mode="reflect"))
    assert abs(crop.top - (below - crop.top)) <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (2, 3), (5, 9)])
def test_tiny_images_are_reflected_over_and_over(size):
    images = torch.rand(1, 1, *size)
    padded, crop = pad_to_model(images, multiple=8, min_size=20)
    assert padded.shape[-2] == 24 and padded.shape[-1] in (24, 56)
    assert torch.equal(crop_back(padded, crop), images)
    sides = [(n, m) for n, m in zip(crop[:2], size, strict=True)]
    ends = [(n, p - n - m) for (n, m), p in zip(sides, padded.shape[-2:], strict=True)]
    expected = np.pad(images[0, 0].numpy(), ends, mode="reflect")
    assert np.array_equal(padded[0, 0].numpy(), expected)


def test_images_that_fit_are_not_copied():
    images = torch.rand(1, 3, 32, 48)
    padded, crop = pad_to_model(images, multiple=4, min_size=16)
    assert padded is images and crop_back(padded, crop).data_ptr() == images.data_ptr()
