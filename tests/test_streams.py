"""Streams: what comes in which order, in which process, and what it takes to go on."""

import json

import pytest
import torch

from tests.shards import (
    epochs,
    number,
    open_stream,
    write_folder,
    write_parquet,
    write_tar,
)
from training.data import TrainingData
from training.streams import Share, Stream


@pytest.fixture
def parquet(tmp_path):
    return write_parquet(tmp_path)


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


def test_a_process_whose_shards_have_nothing_for_it_goes_on_to_the_next(parquet):
    """Shards in which nothing is left, as where a data set is sorted by its labels."""
    for rank in range(2):
        stream = open_stream(parquet, Share(0, rank, 2), where={"count": ["0", "1"]}).stream
        shown = [number(stream[i]) for i in range(6)]
        assert all(sorted(shown[i : i + 2]) == [0, 1] for i in (0, 2, 4))


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
