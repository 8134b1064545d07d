"""Runs that are stopped after every step, and go on: bit for bit the run that never stopped."""

import signal

import pytest

from tests.test_train_tunit import tunit  # noqa: F401, a fixture
from tests.tiny_runs import differences, states_of
from training import train
from training.recorder import Recorder

STEPS = 4
TWO_SOURCES = ["munit", "unit", "cyclegan", "bicyclegan"]


@pytest.fixture
def run(monkeypatch):
    """Trains, as a process does, but for the model that is left; SIGTERM after every step, or not.

    Global random numbers are seeded alike at every start: a run that took some would differ.
    """
    monkeypatch.setattr(train, "leave_model", lambda *_: None)
    recorded = Recorder.after_step

    def start(arguments, folder, stopped=False):
        def after_step(recorder, terms):
            recorded(recorder, terms)
            if stopped:
                signal.raise_signal(signal.SIGTERM)

        monkeypatch.setattr(Recorder, "after_step", after_step)
        flags = [f"--max_steps={STEPS}", f"--output_dir={folder}", "--report_to=none"]
        flags += ["--log.samples_every=0", "--log.checkpoint_every=1"]
        flags += ["--log.checkpoints_total_limit=9", "--resume_from_checkpoint=latest"]
        return train.main([*arguments, *flags])

    return start


def check_exact(run, arguments, folder):
    assert run(arguments, folder / "whole") == 0
    codes = [run(arguments, folder / "stopped", stopped=True) for _ in range(STEPS)]
    assert codes == [train.INTERRUPTED] * (STEPS - 1) + [0]
    whole, stopped = states_of(folder / "whole"), states_of(folder / "stopped")
    assert list(whole) == list(stopped) and len(whole) == STEPS
    assert differences(whole, stopped) == []
    last = list(whole.values())[-2:]  # which are not equal for being empty or standing still
    assert {"step", "objective", "optimizers", "ema"} <= set(last[0])
    assert any(".exp_avg" in name for name in differences(*last))


@pytest.mark.slow
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("system", TWO_SOURCES)
def test_every_system_goes_on_exactly_after_every_step(arguments, tmp_path, run, system, parts):
    flags = [f"--system={system}", f"--gradient_accumulation_steps={parts}"]
    flags += ["--data.paired=true"] if system == "bicyclegan" else []
    flags += ["--optimizer.schedule=linear_second_half", "--optimizer.max_grad_norm=1"]
    check_exact(run, [*arguments, *flags], tmp_path)


@pytest.mark.slow
def test_tunit_goes_on_exactly_after_every_step(tunit, tmp_path, run):  # noqa: F811
    check_exact(run, [*tunit, "--log.metrics_every=0"], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("buffer", [1, 4, 100])
def test_streams_go_on_exactly_after_every_step(arguments, tmp_path, run, buffer):
    """16 of 12 pictures: into the second epoch."""
    flags = ["--data.batch_size=4"]
    for domain in ("edges", "fruit"):
        flags += [f"--data.sources.{domain}.{field}" for field in ("part=null", "streaming=true")]
        flags += [f"--data.sources.{domain}.shuffle_buffer={buffer}"]
    check_exact(run, [*arguments, *flags], tmp_path)
    streams = next(iter(states_of(tmp_path / "whole").values()))["streams"]
    assert len(streams) == 1 and set(streams[0]) == {"edges", "fruit"}
