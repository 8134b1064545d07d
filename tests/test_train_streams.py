"""Runs on streams: of one process, and of two as `accelerate launch` starts them (gloo)."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests import forks
from tests.shards import write_parquet
from tests.test_loop import TWO
from tests.tiny_runs import TRAIN, differences, finish, last_state, launch, states_of
from training.train import main


@pytest.fixture
def streamed(arguments, tmp_path):
    """A run whose four shards, of 5, 3, 4 and 6 pictures, are of unequal length."""
    folder = tmp_path / "shards"
    folder.mkdir()
    flags = [f"path={write_parquet(folder)}", "part=null", "streaming=true", "shuffle_buffer=3"]
    sources = [f"--data.sources.{domain}.{flag}" for domain in ("edges", "fruit") for flag in flags]
    log = ["--log.samples_every=0", "--log.checkpoint_every=1", "--report_to=none"]
    return [*arguments, *sources, *log, "--data.batch_size=4", "--max_steps=12"]


def test_what_is_not_counted_is_told_as_a_stream(streamed, tmp_path, capsys):
    assert main([*streamed, "--dry_run"]) == 0
    assert "pictures of fruit        a stream" in capsys.readouterr().out
    assert main([*streamed, "--max_steps=1"]) == 0
    card = (tmp_path / "run" / "README.md").read_text()
    assert "| Pictures | a stream of edges, a stream of fruit |" in card
    assert "*.parquet" in card and str(tmp_path) not in card
    (tmp_path / "shards" / "train-0.parquet").unlink()
    with pytest.raises(ValueError, match="other pictures of 'edges' .a stream of them"):
        main([*streamed, "--resume_from_checkpoint=latest"])


def noise(number):
    """A picture that is not of one colour, whose norms would divide by nothing."""
    file = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def torn(streamed, tmp_path):
    """The same run, but the last picture of the shard that is read late is broken."""
    write_parquet(tmp_path / "shards", lambda i: noise(i)[: 40 if i == 17 else None])
    return [*streamed, "--log.checkpoint_every=0", "--seed=3"]


TORN = r"17.png, row 5 of shard 3\) cannot be read.* Saved at step (\d+): go on with --resume"


def test_a_broken_picture_costs_no_step_that_was_learned(torn, tmp_path):
    tolerant = [f"--data.sources.{domain}.max_bad_images=1" for domain in ("edges", "fruit")]
    assert main([*torn, *tolerant, f"--output_dir={tmp_path / 'whole'}"]) == 0
    with pytest.raises(ValueError, match=TORN):
        main(torn)
    assert 0 < last_state(tmp_path / "run")["step"] < 12
    assert main([*torn, *tolerant, "--resume_from_checkpoint=latest"]) == 0
    assert differences(last_state(tmp_path / "whole"), last_state(tmp_path / "run")) == []


@pytest.mark.slow
def test_what_one_of_two_processes_cannot_read_ends_both_with_a_checkpoint(
    torn, tmp_path, monkeypatch
):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    code, output = finish(launch(*torn, command=TWO))
    assert code == 1, output
    saved = re.search(TORN, output)
    assert saved and int(saved[1]) == last_state(tmp_path / "run")["step"] > 0


def train(arguments, folder, *flags):
    flags = [*flags, f"--output_dir={folder}", "--log.checkpoints_total_limit=99"]
    code, output = forks.run(TRAIN, *arguments, *flags, processes=2)
    assert code == 0, output


@pytest.mark.slow
def test_two_processes_go_on_exactly_past_uneven_ends(streamed, tmp_path):
    train(streamed, tmp_path / "whole")
    train(streamed, tmp_path / "stopped", "--max_steps=7")
    train(streamed, tmp_path / "stopped", "--resume_from_checkpoint=latest")
    whole, stopped = states_of(tmp_path / "whole"), states_of(tmp_path / "stopped")
    assert len(whole) == 12 and differences(whole, stopped) == []
    places = [[of["fruit"] for of in state["streams"]] for state in whole.values()]
    assert any(one != other for one, other in places)
    # 24 pictures each, and 18 in all: both are past their first epoch.
    assert min(place["epoch"] for place in places[-1]) >= 1
