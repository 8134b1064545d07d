import multiprocessing
import resource
import signal
import time

import numpy as np
import pytest
import torch

from training.checkpoint import (
    MANIFEST,
    STATE,
    checkpoints_of,
    damage,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
    write_folder,
)


def names(output_dir):
    return [path.name for path in checkpoints_of(output_dir)]


def test_the_newest_are_kept_and_latest_is_the_last(tmp_path):
    for step in (1, 2, 10):
        save_checkpoint(tmp_path, step, {"step": step, "w": torch.ones(2)}, keep=2)
    assert names(tmp_path) == ["step-00000002", "step-00000010"]
    assert load_checkpoint(find_checkpoint(tmp_path, "latest"))["step"] == 10


def test_a_half_written_checkpoint_is_never_found(tmp_path):
    save_checkpoint(tmp_path, 1, {"step": 1}, keep=2)
    (tmp_path / "checkpoints" / "step-00000002.part").mkdir()
    assert names(tmp_path) == ["step-00000001"]
    save_checkpoint(tmp_path, 2, {"step": 2}, keep=2)
    assert names(tmp_path) == ["step-00000001", "step-00000002"]


def test_latest_of_a_new_run_is_a_fresh_start(tmp_path):
    assert find_checkpoint(tmp_path, "latest") is None
    assert find_checkpoint(tmp_path, None) is None


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(ValueError, match="resume_from_checkpoint='.*nowhere' is no checkpoint"):
        find_checkpoint(tmp_path, str(tmp_path / "nowhere"))


def test_an_older_checkpoint_goes_on_elsewhere(tmp_path):
    for step in (1, 2):
        save_checkpoint(tmp_path / "run", step, {"step": step}, keep=2)
    older = tmp_path / "run" / "checkpoints" / "step-00000001"
    with pytest.raises(ValueError, match="holds step-00000002, which is not of this run"):
        find_checkpoint(tmp_path / "run", str(older))
    assert find_checkpoint(tmp_path / "other", str(older)) == older


def test_a_fresh_start_never_mixes_with_an_older_run(tmp_path):
    save_checkpoint(tmp_path, 1, {"step": 1}, keep=2)
    with pytest.raises(ValueError, match="holds a run already; go on with --resume_from"):
        find_checkpoint(tmp_path, None)


def save_for_ever(output_dir, started):
    torch.set_num_threads(1)  # the threads of OpenMP do not live through a fork
    started.set()
    for step in range(1, 10_000):
        save_checkpoint(output_dir, step, {"step": step, "w": torch.full((50_000,), step)}, keep=2)


@pytest.mark.slow
def test_kill_at_any_moment_leaves_a_checkpoint_that_loads(tmp_path):
    context, generator = multiprocessing.get_context("fork"), np.random.default_rng(0)
    for trial in range(20):
        output_dir, started = tmp_path / str(trial), context.Event()
        save_checkpoint(output_dir, 0, {"step": 0, "w": torch.zeros(50_000)}, keep=2)
        process = context.Process(target=save_for_ever, args=(output_dir, started))
        process.start()
        started.wait()
        time.sleep(generator.uniform(0, 0.1))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        newest = checkpoints_of(output_dir)[-1]
        assert damage(newest) is None and find_checkpoint(output_dir, "latest") == newest
        state = load_checkpoint(newest)
        assert newest.name == f"step-{state['step']:08d}" and (state["w"] == state["step"]).all()


def test_a_damaged_checkpoint_is_passed_over_and_written_anew(tmp_path, caplog):
    for step in (1, 2):
        save_checkpoint(tmp_path, step, {"step": step}, keep=2)
    first, second = checkpoints_of(tmp_path)
    content = (second / STATE).read_bytes()
    (second / STATE).write_bytes(content[:-1] + b"x")
    assert find_checkpoint(tmp_path, "latest") == first
    assert "step-00000002 is passed over: state.pt is not what its manifest says" in caplog.text
    with pytest.raises(ValueError, match="step-00000002' is damaged: state.pt is not what"):
        find_checkpoint(tmp_path, str(second))
    save_checkpoint(tmp_path, 2, {"step": 2}, keep=2)
    assert find_checkpoint(tmp_path, "latest") == second
    for path in (first, second):
        (path / STATE).unlink()
    with pytest.raises(ValueError, match="every checkpoint of .* is damaged"):
        find_checkpoint(tmp_path, "latest")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (STATE, None, "state.pt is missing"),
        (MANIFEST, None, "manifest.json is missing"),
        (MANIFEST, b'{"state.pt": {"by', "manifest.json cannot be read"),
        (MANIFEST, b"\xff\x00", "manifest.json cannot be read"),
        (MANIFEST, b"{}", "state.pt is not what its manifest says"),
        ("figures.json", None, "figures.json is missing"),
    ],
)
def test_whatever_a_disk_does_to_a_checkpoint_it_is_passed_over(tmp_path, file, content, said):
    older = save_checkpoint(tmp_path, 1, {"step": 1}, keep=2)
    newer = tmp_path / "checkpoints" / "step-00000002"
    write_folder(newer, {"step": 2}, {"figures.json": {"frechet": 1.0}})
    (newer / file).unlink() if content is None else (newer / file).write_bytes(content)
    assert damage(newer) == said
    assert find_checkpoint(tmp_path, "latest") == older


def test_pruning_leaves_what_was_just_written(tmp_path):
    for step in (1000, 2000):
        save_checkpoint(tmp_path, step, {"step": step}, keep=2)
    (checkpoints_of(tmp_path)[1] / STATE).unlink()
    written = save_checkpoint(tmp_path, 1100, {"step": 1100}, keep=1)
    assert find_checkpoint(tmp_path, "latest") == written
    assert names(tmp_path) == ["step-00001100", "step-00002000"]


def save_on_a_full_disk(output_dir):
    torch.set_num_threads(1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # bytes a file
    try:
        save_checkpoint(output_dir, 2, {"w": torch.zeros(1_000_000)}, keep=1)
    except OSError as error:
        assert "step-00000002 cannot be written (" in str(error)
        raise SystemExit(7) from None


def test_a_full_disk_keeps_the_older_checkpoint(tmp_path):
    save_checkpoint(tmp_path, 1, {"step": 1}, keep=1)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=save_on_a_full_disk, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 7
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000001"]
    assert load_checkpoint(find_checkpoint(tmp_path, "latest"))["step"] == 1
