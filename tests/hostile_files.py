"""Files that somebody uploads who means no good, each 80 kB at most, by the name it is given."""

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageDraw


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width, height, *extra):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), *extra, _chunk(b"IDAT", zlib.compress(bytes(1000))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def _saved(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def _archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("../../evil.png", "no picture")
    return data.getvalue()


def _sketch():
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).ellipse((40, 40, 150, 160), outline="black", width=9)
    return image


def film(kind, frames):
    """A sketch that goes on for `frames` frames."""
    first = _sketch().resize((64, 64))
    changing = [Image.new("RGB", (64, 64), "white" if i % 2 else "black") for i in range(frames)]
    return _saved(first, kind, save_all=True, append_images=changing)


SKETCH = _saved(_sketch(), "PNG")
PHOTO = _saved(_sketch(), "JPEG")
TEXT_BOMB = _chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(80_000_000)))
DOCTYPE = '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BROKEN = {
    "empty.png": b"",
    "header.png": b"\x89PNG\r\n\x1a\nand no more",
    "half.jpg": PHOTO[: len(PHOTO) // 2],
    "bomb.png": _png(30_000, 30_000),
    "endless.png": _png(2**31 - 1, 2**31 - 1),
    "text-bomb.png": _png(64, 64, TEXT_BOMB),
    "bomb.ppm": b"P6 999999999 999999999 255\n" + bytes(100),
    "bomb.jpg": PHOTO[:158] + PHOTO[158:].replace(struct.pack(">HH", 200, 200), b"\xff\xdc" * 2, 1),
    "picture.svg": f'{DOCTYPE}<svg onload="alert(1)"><text>&x;</text></svg>'.encode(),
    "page.png": b"<html><script>alert(document.cookie)</script></html>",
    "archive.png": _archive(),
    "script.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
}
NAMES = {  # as sent, for a file that is no picture
    "markup": "<img src=x onerror=alert(1)>.png",
    "upwards": "../../../etc/passwd",
    "absolute": "/etc/passwd",
    "long": "a" * 10_000 + ".png",
    "lines": "a\r\nSet-Cookie: b=c\r\n.png",
    "hidden": ".env",
    "none": "",
}
