"""Shards: which rows are read, what becomes of their pictures, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.shards import (
    epochs,
    open_stream,
    png,
    write_folder,
    write_parquet,
)
from training.config import DataConfig, TrainConfig
from training.found_domains import batches
from training.sources import EdgeConfig, SourceConfig


@pytest.fixture
def parquet(tmp_path):
    return write_parquet(tmp_path)


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


def test_a_kill_while_the_bad_pictures_are_written_leaves_a_source_that_opens(
    tmp_path, monkeypatch
):
    path = write_parquet(tmp_path, broken)

    def killed(file, text):
        file.write_bytes(text[:5].encode())
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "write_text", killed)
        epochs(open_stream(path, max_bad_images=2).stream, 1)
    stream = open_stream(path, max_bad_images=2).stream
    epochs(stream, 1)
    assert len(json.loads(stream.shards.report.read_text())) == 2


def test_domains_of_one_source_report_apart(parquet):
    reports = [open_stream(parquet, domain=d).stream.shards.report for d in ("a/b", "c")]
    assert reports[0] != reports[1] and reports[0].parent == reports[1].parent


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
