import pytest
import torch

from training.checkpoint import (
    checkpoints_of,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
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
