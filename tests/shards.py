"""Shards of pictures that tell their number, and the streams of them, for the tests of streams."""

import io
import tarfile
from pathlib import Path

import datasets
from PIL import Image

from training.pictures import open_source
from training.sources import SourceConfig
from training.streams import Share

SHARDS = (5, 3, 4, 6)  # pictures of each, 18 in all; the red value of a picture is its number


def png(number, size=16):
    file = io.BytesIO()
    Image.new("RGB", (size, size), (number, 0, 0)).save(file, "PNG")
    return file.getvalue()


def write_parquet(folder, pictures=png):
    """Four files; every second picture is an apple, every third of the first kind."""
    features = {
        "image": datasets.Image(),
        "label": datasets.ClassLabel(names=["apple", "pear"]),
        "kind": datasets.Value("string"),
        "raw": datasets.Value("binary"),
        "count": datasets.Value("string"),
    }
    first = 0
    for shard, count in enumerate(SHARDS):
        numbers = range(first, first + count)
        rows = {
            "image": [{"bytes": pictures(i), "path": f"{i}.png"} for i in numbers],
            "label": [i % 2 for i in numbers],
            "kind": [f"kind {i % 3}" for i in numbers],
            "raw": [png(i) for i in numbers],
            "count": [str(i) for i in numbers],
        }
        table = datasets.Dataset.from_dict(rows, datasets.Features(features))
        table.to_parquet(str(folder / f"train-{shard}.parquet"))
        first += count
    return str(folder / "*.parquet")


def write_tar(folder):
    first = 0
    for shard, count in enumerate(SHARDS):
        with tarfile.open(folder / f"{shard}.tar", "w") as archive:
            for i in range(first, first + count):
                for name, data in ((f"{i:03}.png", png(i)), (f"{i:03}.cls", b"%d" % (i % 2))):
                    about = tarfile.TarInfo(name)
                    about.size = len(data)
                    archive.addfile(about, io.BytesIO(data))
        first += count
    return str(folder / "*.tar")


def write_folder(folder):
    for i in range(sum(SHARDS)):
        (folder / f"{i:03}.png").write_bytes(png(i))
    return str(folder)


def open_stream(path, share=Share(), domain="fruit", **options):  # noqa: B008, immutable
    """A streaming source of 8 pixels, whose cache_dir is beside its files."""
    options = {"shuffle_buffer": 4} | options
    source = SourceConfig(path, streaming=True, **options)
    return open_source(source, domain, 8, Path(path).parent / "cache", share)


def number(picture):
    return int(picture[0, 0, 0])


def epochs(stream, count):
    """The numbers of a stream's pictures in each of its first epochs."""
    found = {}
    for i in range(1000):
        picture = number(stream[i])
        epoch = stream.state(i)["epoch"]
        if epoch >= count:
            return [found.get(e, []) for e in range(count)]
        found.setdefault(epoch, []).append(picture)
    raise AssertionError("the epochs do not end")
