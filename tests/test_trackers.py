import sqlite3
from importlib.util import find_spec

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import training.trackers
from tests.needs import need
from tests.tiny_runs import PLAIN, finish, launch
from training.command_line import parse_config
from training.trackers import chosen_trackers
from training.train import main


@pytest.mark.slow
def test_all_trackers_get_the_curves_and_the_samples(arguments, tmp_path, monkeypatch):
    for name in ("wandb", "trackio"):
        need(find_spec(name), name)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    flags = ["--report_to=all", "--max_steps=2", "--log.scalars_every=1"]
    code, output = finish(launch(*arguments, *flags, command=PLAIN))
    assert code == 0, output
    run = tmp_path / "run"
    events = EventAccumulator(str(run / "tensorboard"), {"images": 0}).Reload()
    assert [e.step for e in events.Scalars("image_rec/fruit")] == [1, 2]
    watched = {"images_per_second", "peak_memory_gib", "grad_norm/model", "grad_norm/critics"}
    for domain in ("edges", "fruit"):
        watched |= {f"{n}/{domain}" for n in ("diversity", "accuracy/real", "accuracy/translated")}
    assert watched - set(events.Tags()["scalars"]) == set()
    assert [(e.step, e.width) for e in events.Images("samples")] == [(2, 7 * 34 - 2)]
    (wandb,) = (run / "wandb").glob("offline-run-*")
    assert b"image_rec/fruit" in next(wandb.glob("*.wandb")).read_bytes()
    assert list(wandb.glob("files/media/images/samples_2_*.png"))
    with sqlite3.connect(tmp_path / "trackio" / "munit_hub.db") as database:
        told = " ".join(str(row) for row in database.execute("select step, metrics from metrics"))
    assert "image_rec/fruit" in told and "trackio.image" in told


def test_nothing_is_tracked_where_none_is_wanted(arguments, tmp_path):
    assert main([*arguments, "--report_to=none", "--max_steps=1", "--log.scalars_every=1"]) == 0
    assert not (tmp_path / "run" / "tensorboard").exists()


def test_a_tracker_that_is_not_installed_is_named(arguments, monkeypatch):
    monkeypatch.setattr(training.trackers, "find_spec", lambda name: name != "wandb")
    with pytest.raises(ValueError, match="wandb is not installed; run `pip install wandb`"):
        chosen_trackers(parse_config([*arguments, "--report_to=wandb"]))
    everywhere = chosen_trackers(parse_config([*arguments, "--report_to=all"]))
    assert [tracker.name for tracker in everywhere] == ["tensorboard", "trackio"]


def test_a_tracker_that_does_not_start_is_one_sentence(arguments, tmp_path, monkeypatch):
    need(find_spec("wandb"), "wandb")
    monkeypatch.setenv("WANDB_MODE", "no such mode")
    with pytest.raises(ValueError, match="report_to: a tracker does not start .*WANDB_MODE=off"):
        main([*arguments, "--report_to=wandb"])
