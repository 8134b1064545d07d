import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from munit_hub.image_processor import to_pil
from training.cache import fit_square
from training.data import TrainingData, to_batch
from training.pictures import Source, open_source
from training.sources import EdgeConfig, SourceConfig, load_rows

PAIRS = Path(__file__).parents[2] / "shared" / "data" / "noto2blob" / "test-paired.parquet"


def pictures(count, size=16):
    """Pictures that tell their number: picture i is i + 1 everywhere, with a dark left half."""
    stack = np.zeros((count, size, size, 3), np.uint8)
    for i in range(count):
        stack[i, :, size // 2 :] = i + 1
    return stack


def make(batch_size=4, counts=(10, 7), **options):
    sources = tuple(Source(name, pictures(n)) for name, n in zip("ab", counts, strict=True))
    return TrainingData(sources, batch_size, **options)


def numbers(images):
    """Which pictures a batch holds."""
    return ((images.amax((1, 2, 3)) + 1) * 127.5).round().int().tolist()


def test_a_batch_depends_on_seed_and_step_alone():
    first, again, other = make(seed=1), make(seed=1), make(seed=2)
    again.batch(0)
    for name in "ab":
        assert torch.equal(first.batch(5)[name], again.batch(5)[name])
    assert numbers(first.batch(5)["a"]) != numbers(other.batch(5)["a"])


def test_an_epoch_shows_every_picture_once():
    data = make(batch_size=5, counts=(10, 15))
    seen = [n for step in range(2) for n in numbers(data.batch(step)["a"])]
    assert sorted(seen) == list(range(1, 11))
    after = [n for step in range(2, 4) for n in numbers(data.batch(step)["a"])]
    assert sorted(after) == sorted(seen) and after != seen


def test_processes_share_the_batch():
    whole = make(batch_size=4).batch(3)["b"]
    parts = [make(batch_size=4, rank=r, world_size=2).batch(3)["b"] for r in (0, 1)]
    assert torch.equal(whole[:2], parts[0]) and torch.equal(whole[2:], parts[1])


@pytest.mark.parametrize("world", [2, 4])
def test_processes_cover_every_picture_once_an_epoch(world):
    ranks = [make(batch_size=4, rank=r, world_size=world) for r in range(world)]
    for name, count in (("a", 10), ("b", 7)):  # whose epochs end within a batch
        steps = 3 * count  # 12 epochs
        shown = [[numbers(data.batch(step)[name]) for data in ranks] for step in range(steps)]
        order = [picture for step in shown for own in step for picture in own]
        for epoch in range(12):
            in_epoch = order[epoch * count : (epoch + 1) * count]
            assert sorted(in_epoch) == list(range(1, count + 1))


@pytest.mark.parametrize("size, world", [(0, 1), (3, 2)])
def test_a_batch_that_cannot_be_shared_is_named(size, world):
    with pytest.raises(ValueError, match=f"batch_size must be a multiple of the {world} processes"):
        make(batch_size=size, world_size=world)


def test_images_are_in_range_and_flips_are_an_option():
    never, sometimes = make(batch_size=10, flip=False), make(batch_size=10, flip=True)
    assert (never.batch(0)["a"][..., :8] == -1).all()
    flipped = sometimes.batch(0)["a"]
    left_is_dark = (flipped[..., :8] == -1).flatten(1).all(1)
    assert left_is_dark.any() and not left_is_dark.all()
    assert flipped.min() >= -1 and flipped.max() <= 1 and flipped.dtype == torch.float32


def test_prefetch_gives_the_batches_of_the_steps_and_its_thread_ends():
    data, before = make(), threading.active_count()
    batches = data.prefetch(start_step=3)
    for step in (3, 4, 5):
        assert torch.equal(next(batches)["a"], data.batch(step)["a"])
    batches.close()
    assert threading.active_count() == before


def test_an_error_in_the_thread_reaches_the_caller(monkeypatch):
    data = make()

    def fail(step):
        raise ValueError("no such picture")

    monkeypatch.setattr(data, "batch", fail)
    with pytest.raises(ValueError, match="no such picture"):
        next(data.prefetch())


def disc():
    picture = np.full((32, 32, 3), 255, np.uint8)
    cv2.circle(picture, (16, 16), 10, (180, 30, 30), -1)
    return picture[None]


def test_edges_vary_in_training_only():
    wide = Source("edges", disc(), EdgeConfig(vary=1.5, max_line_width=3))
    plain = Source("edges", disc(), EdgeConfig())
    assert np.array_equal(wide.view(0), plain.view(0))
    assert wide.view(0).shape == (32, 32, 3) and set(np.unique(wide.view(0))) == {0, 255}
    ink = {(wide.view(0, np.random.default_rng(i)) == 0).sum() for i in range(8)}
    assert len(ink) > 1 and max(ink) > (plain.view(0) == 0).sum()


def test_one_channel_is_grey():
    grey = disc()[..., 0].astype(np.uint16) * 257
    assert Source("x", grey, channels=1).view(0).shape == (32, 32, 1)
    assert Source("x", disc(), EdgeConfig(), channels=1).view(0).shape == (32, 32, 1)


def test_a_folder_becomes_a_source(tmp_path):
    for i in range(4):
        Image.new("RGB", (40, 20 + i), (10 * i, 0, 0)).save(tmp_path / f"{i}.png")
    source = open_source(SourceConfig(str(tmp_path)), "fruit", 16, tmp_path / "cache")
    assert source.pictures.shape == (4, 16, 16, 3) and source.domain == "fruit"


def test_a_fixed_batch_is_the_same_every_time():
    data = make()
    assert torch.equal(data.fixed_batch(3)["a"], data.fixed_batch(3)["a"])
    assert len(set(numbers(data.fixed_batch(3)["a"]))) == 3


def test_to_batch_maps_bytes_to_the_range():
    batch = to_batch([np.array([[[0], [255]]], np.uint8)])
    assert batch.flatten().tolist() == [-1, 1]


def test_to_batch_keeps_sixteen_bits():
    values = np.array([0, 1, 32768, 65535], np.uint16).reshape(2, 2, 1)
    flat = to_batch([values]).flatten().double()
    torch.testing.assert_close(flat, torch.tensor([0, 1, 32768, 65535]).double() / 32767.5 - 1)
    assert flat[1] > flat[0]


def test_pairs_come_together_and_are_flipped_alike():
    first = np.random.default_rng(0).integers(0, 255, (6, 16, 16, 3), dtype=np.uint8)
    sources = (Source("a", first), Source("b", 255 - first))
    data = TrainingData(sources, batch_size=4, seed=3, paired=True)
    for batch in [*(data.batch(step) for step in range(5)), data.fixed_batch(4)]:
        torch.testing.assert_close(batch["a"], -batch["b"])


def test_pairs_of_unequal_number_are_named():
    with pytest.raises(ValueError, match="as many pictures: a has 10, b has 7"):
        make(counts=(10, 7), paired=True)


@pytest.mark.skipif(not PAIRS.exists(), reason="../shared/data is not here")
def test_two_columns_of_a_table_are_pairs(tmp_path):
    configs = [
        SourceConfig(str(PAIRS), image_column=column, split="train[:8]")
        for column in ("noto", "blob")
    ]
    sources = [open_source(config, config.image_column, 32, tmp_path) for config in configs]
    batch = TrainingData(tuple(sources), batch_size=8, flip=False, paired=True).batch(0)
    columns = ([fit_square(p, 32) for p in load_rows(c)[:][c.image_column]] for c in configs)
    expected = {(a.tobytes(), b.tobytes()) for a, b in zip(*columns, strict=True)}
    shown = ([to_pil(x).tobytes() for x in batch[c.image_column]] for c in configs)
    assert set(zip(*shown, strict=True)) == expected
