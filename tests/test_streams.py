"""Pictures that come as a stream: from parquet and .tar shards, and from a folder."""

import io
import json
import tarfile

import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from training.config import DataConfig, TrainConfig
from training.data import TrainingData
from training.found_domains import batches
from training.pictures import open_source
from training.sources import EdgeConfig, SourceConfig
from training.streams import Share, Stream

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


@pytest.fixture
def parquet(tmp_path):
    return write_parquet(tmp_path)


def open_stream(path, share=Share(), domain="fruit", **options):  # noqa: B008, immutable
    options = {"shuffle_buffer": 4} | options
    source = SourceConfig(path, streaming=True, **options)
    return open_source(source, domain, 8, "cache", share)


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


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Where the caches go."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("write", "column"), [(write_parquet, "image"), (write_tar, "png"), (write_folder, "image")]
)
def test_an_epoch_shows_every_picture_once_and_the_next_another_order(tmp_path, write, column):
    stream = open_stream(write(tmp_path), image_column=column).stream
    first, second = epochs(stream, 2)
    assert sorted(first) == sorted(second) == list(range(18))
    assert first != second and first != sorted(first)


@pytest.mark.parametrize("processes", [2, 3, 5])  # of four shards: 5 share the rows of each
def test_processes_share_every_epoch(parquet, processes):
    shares = [Share(7, rank, processes) for rank in range(processes)]
    read = [epochs(open_stream(parquet, share).stream, 3) for share in shares]
    for epoch in range(3):
        together = [picture for own in read for picture in own[epoch]]
        assert sorted(together) == list(range(18))


@pytest.mark.parametrize(
    ("options", "share"),
    [
        ({}, Share()),
        ({"where": {"label": ["pear"]}}, Share(1, 1, 2)),
        ({"shuffle_buffer": 1}, Share(1, 0, 3)),
        ({"shuffle_buffer": 99}, Share(2, 4, 5)),
    ],
)
def test_a_stream_goes_on_at_any_picture_as_if_it_had_never_stopped(parquet, options, share):
    shards = open_stream(parquet, share, **options).stream.shards
    whole = Stream(shards, "fruit", share)
    shown = [number(whole[i]) for i in range(26)]
    stopped = Stream(shards, "fruit", share)
    for i in range(20):
        state = json.loads(json.dumps(stopped.state(i)))
        again = Stream(shards, "fruit", share)
        again.resume(i, state)
        assert [number(again[j]) for j in range(i, i + 6)] == shown[i : i + 6], i
        assert number(stopped[i]) == shown[i]


def test_two_domains_of_one_source_do_not_come_in_pairs(parquet):
    one, other = (open_stream(parquet, domain=name, shuffle_buffer=18) for name in "ab")
    assert epochs(one.stream, 1) != epochs(other.stream, 1)


def test_a_buffer_of_one_leaves_the_rows_in_order_and_mixes_the_shards(parquet):
    read = epochs(open_stream(parquet, shuffle_buffer=1).stream, 3)
    for shown in read:
        for shard in ([0, 1, 2, 3, 4], [5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15, 16, 17]):
            first = shown.index(shard[0])
            assert shown[first : first + len(shard)] == shard
    assert len({tuple(shown) for shown in read}) == 3


def test_a_column_chooses(parquet):
    chosen = {"where": {"label": ["pear"], "kind": ["kind 0", "kind 1"]}, "image_column": "raw"}
    (shown,) = epochs(open_stream(parquet, **chosen).stream, 1)
    assert sorted(shown) == [1, 3, 7, 9, 13, 15]


def test_a_folder_with_metadata_is_streamed_by_it(tmp_path):
    folder = write_folder(tmp_path)
    rows = [f"{i:03}.png,{'pear' if i % 3 else 'fig'}" for i in range(18)]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,kind", *rows]) + "\n")
    (shown,) = epochs(open_stream(folder, where={"kind": ["fig"]}).stream, 1)
    assert sorted(shown) == list(range(0, 18, 3))


def test_a_process_whose_shards_have_nothing_for_it_goes_on_to_the_next(parquet):
    """Shards in which nothing is left, as where a data set is sorted by its labels."""
    for rank in range(2):
        stream = open_stream(parquet, Share(0, rank, 2), where={"count": ["0", "1"]}).stream
        shown = [number(stream[i]) for i in range(6)]
        assert all(sorted(shown[i : i + 2]) == [0, 1] for i in (0, 2, 4))


def broken(number):
    return b"not a picture" if number in (2, 16) else png(number)


def test_what_cannot_be_decoded_is_left_out_once_and_named(tmp_path, caplog):
    path = write_parquet(tmp_path, broken)
    with pytest.raises(ValueError, match=r"a picture \(.*shard.*\) cannot be read.*images: 1\)"):
        epochs(open_stream(path, max_bad_images=1).stream, 1)
    stream = open_stream(path, max_bad_images=2).stream  # one of which is known by now
    for shown in epochs(stream, 3):
        assert sorted(shown) == [i for i in range(18) if i not in (2, 16)]
    bad = json.loads(stream.shards.report.read_text())
    assert sorted(bad) == ["16.png, row 4 of shard 3", "2.png, row 2 of shard 0"]
    assert caplog.text.count("a picture is left out") == 2
    with pytest.raises(ValueError, match="max_bad_images: 0"):
        epochs(open_stream(path).stream, 1)


def test_sixteen_bits_are_kept_and_edges_are_drawn(tmp_path):
    values = np.linspace(1000, 1255, 64, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / "xray.png")
    grey = open_stream(str(tmp_path), channels=1)
    assert np.array_equal(grey.view(0)[..., 0], values) and grey.view(0).dtype == np.uint16
    windowed = open_stream(str(tmp_path), channels=1, window=[1000, 1255]).view(0)
    assert windowed.min() == 0 and windowed.max() == 65535
    lines = open_stream(str(tmp_path), edges=EdgeConfig()).view(0)
    assert lines.shape == (8, 8, 3) and set(np.unique(lines)) <= {0, 255}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"image_column": "photo"}, "has no column 'photo'; it has image, label, kind, raw, count"),
        ({"image_column": "label"}, "column 'label' holds no pictures"),
        ({"image_column": "kind"}, "cannot be read"),
        ({"where": {"sort": ["x"]}}, "has no column 'sort'; it has image"),
        ({"where": {"label": ["fig"]}}, "has no 'fig'; it has apple, pear"),
        ({"where": {"kind": ["kind 7"]}}, "has no pictures left .split 'train', where"),
        ({"split": "train[:3]"}, "cannot read source .*: Bad split"),
        ({"part": "0/2"}, "part needs all pictures counted beforehand"),
        ({"label_column": "label"}, "label_column needs all pictures counted beforehand"),
        ({"shuffle_buffer": 0}, "shuffle_buffer must be 1 or more, not 0"),
    ],
)
def test_what_does_not_fit_is_named(parquet, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        _ = open_stream(parquet, **options).stream[0]


def test_files_that_cannot_be_streamed_are_named(tmp_path, parquet):
    (tmp_path / "more.tar").write_bytes(b"")
    with pytest.raises(ValueError, match="the files are .parquet and .tar"):
        open_stream(str(tmp_path / "*r*"))
    (tmp_path / "train-2.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(OSError, match="shard 2 of 4 cannot be read"):
        epochs(open_stream(parquet).stream, 1)


def test_pairs_and_tunit_want_a_cache(parquet):
    sources = {"pile": SourceConfig(parquet, streaming=True)}
    with pytest.raises(ValueError, match="streaming must be false with data.paired"):
        DataConfig(sources, paired=True)
    with pytest.raises(ValueError, match="tunit looks at all of its pictures again"):
        TrainConfig("", DataConfig(sources, batch_size=2), 1, system="tunit")


def test_who_wants_all_pictures_is_told_that_a_stream_does_not_count_them(parquet):
    with pytest.raises(ValueError, match="are not counted; streaming must be false here"):
        list(batches(open_stream(parquet)))


def data_of(path, rank=0, processes=1, batch_size=4):
    share = Share(0, rank, processes)
    sources = tuple(open_stream(path, share, domain) for domain in "ab")
    return TrainingData(sources, batch_size, rank=rank, world_size=processes)


def test_batches_go_on_where_they_were_though_the_thread_is_ahead(parquet):
    whole = data_of(parquet)
    expected = [whole.batch(step) for step in range(9)]
    data = data_of(parquet)
    ahead = data.prefetch()
    for step in range(5):
        assert torch.equal(next(ahead)["a"], expected[step]["a"])
        state = data.state(step + 1)
        again = data_of(parquet)
        again.resume(step + 1, [state])
        for later in range(step + 1, 9):
            batch = again.batch(later)
            assert all(torch.equal(batch[d], expected[later][d]) for d in "ab")
    ahead.close()


def test_other_processes_begin_anew_and_say_so(parquet, caplog):
    data = data_of(parquet)
    _ = data.batch(0)
    other = data_of(parquet, rank=1, processes=2)
    other.resume(1, [data.state(1)])
    assert "has those of 1 processes, not of 2" in caplog.text
    assert other.batch(1)["a"].shape[0] == 2


def test_another_batch_size_goes_on_with_the_next_picture(parquet):
    shown = [number(picture) for picture in (data_of(parquet).sources[0].view(i) for i in range(9))]
    data = data_of(parquet)
    _ = data.batch(0)
    larger = data_of(parquet, batch_size=6)
    larger.resume(3, [data.state(1)])  # 4 pictures were shown
    assert [number(larger.sources[0].view(18 + i)) for i in range(5)] == shown[4:]


def test_a_fixed_batch_of_a_stream_takes_nothing_from_it(parquet):
    data = data_of(parquet)
    fixed = data.fixed_batch(20)
    assert fixed["a"].shape[0] == 20 and torch.equal(fixed["a"], fixed["b"])
    assert data.state(0) == data_of(parquet).state(0)
    assert torch.equal(data.batch(0)["a"], data_of(parquet).batch(0)["a"])
