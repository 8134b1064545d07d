"""The loop over several processes, as `accelerate launch` starts them (gloo, on the CPU)."""

import re
import signal
import time

import psutil
import pytest
import torch

from tests.tiny_runs import ACCELERATE, ROOT, TRAIN, finish, last_state, launch
from training.checkpoint import checkpoints_of, damage

DOUBLE, SLOW, WATCHED = (
    str(ROOT / "tests" / f"{name}_train.py") for name in ("double", "slow", "watched")
)
SYSTEMS = ["munit", "unit", "cyclegan", "bicyclegan"]
TWO = [ACCELERATE[0], "launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
TWO += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", TRAIN]


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")


def trained(arguments, tmp_path, script=TRAIN):
    """The last states of the same run in one process and in two."""
    states = []
    for name, command in (("one", ACCELERATE), ("two", TWO)):
        process = launch(
            *arguments, f"--output_dir={tmp_path / name}", command=[*command[:-1], script]
        )
        code, output = finish(process, timeout=900)  # a loaded machine takes its time
        assert code == 0, output
        states.append(last_state(tmp_path / name)["objective"])
    return states


def of_four(arguments, system, steps):
    """A run of batches of 4, of which each process does 2."""
    flags = [f"--system={system}", f"--max_steps={steps}", "--data.batch_size=4"]
    return [*arguments, *flags, *(["--data.paired=true"] if system == "bicyclegan" else [])]


@pytest.mark.slow
def test_two_processes_train_what_one_does_in_float32(arguments, tmp_path, monkeypatch):
    # Few steps, and not every weight: see tests/double_train.py.
    monkeypatch.setenv("WATCHED", str(tmp_path))
    states = trained(of_four(arguments, "munit", 3), tmp_path, WATCHED)
    one, two = (
        torch.cat([v.flatten() for k, v in sorted(s.items()) if k.endswith(".weight")])
        for s in states
    )
    difference = (two - one).abs()  # of weights that moved by 3e-4
    assert difference.mean() < 1e-7 and difference.quantile(0.999) < 1e-5
    written = [{p.name for p in (tmp_path / name).rglob("*")} for name in ("one", "two")]
    assert [n for n in written[0] ^ written[1] if not n.startswith("events.")] == []
    made = [(tmp_path / f"made-{rank}.txt").read_text().splitlines() for rank in (0, 1)]
    assert made[1] == []  # the main process writes, and no other
    for part in ("checkpoints", "samples", "tensorboard"):
        assert any(f"two/{part}" in path for path in made[0]), part


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_twenty_steps_of_two_processes_are_those_of_one(arguments, tmp_path, system):
    flags = ["--log.samples_every=0", "--log.checkpoint_every=0", "--report_to=none"]
    flags += ["--gradient_checkpointing=true"]  # which has to get along with several processes
    one, two = trained([*of_four(arguments, system, 20), *flags], tmp_path, DOUBLE)
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-9, msg=name)


def workers_of(launcher):
    """The training processes that a launcher started, by their rank."""
    children = psutil.Process(launcher.pid).children(recursive=True)
    return {int(child.environ()["RANK"]): child for child in children if SLOW in child.cmdline()}


@pytest.mark.slow
def test_all_processes_stop_when_one_is_told_to(arguments, tmp_path):
    """And the main one saves what it has to save, however long that takes."""
    endless = [*arguments, "--max_steps=100000", "--log.samples_every=0"]
    process = launch(*endless, command=[*TWO[:-1], SLOW])
    deadline = time.monotonic() + 120
    while not checkpoints_of(tmp_path / "run") and time.monotonic() < deadline:
        time.sleep(0.2)
    workers_of(process)[1].send_signal(signal.SIGTERM)
    code, output = finish(process)
    assert code != 0
    told = re.findall(r"Stopped at step (\d+) and saved. Go on with --resume_from", output)
    assert told == [str(last_state(tmp_path / "run")["step"])], output


@pytest.mark.slow
def test_what_failed_is_written_before_any_process_leaves(arguments, tmp_path):
    flags = ["--munit.weights.gan=1e39", "--log.samples_every=0", "--report_to=none"]
    code, output = finish(launch(*arguments, *flags, command=[*TWO[:-1], SLOW]))
    place = tmp_path / "run" / "debug" / "step-00000000"
    assert code == 1 and f"is not finite in step 0. Look at {place}" in output, output
    assert damage(place) is None
