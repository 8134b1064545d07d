"""The loop over several processes, as `accelerate launch` starts them (gloo, on the CPU)."""

import signal
import time

import psutil
import pytest
import torch

from tests.tiny_runs import ACCELERATE, TRAIN, finish, last_state, launch
from training.checkpoint import checkpoints_of

SYSTEMS = ["munit", "unit", "cyclegan", "bicyclegan"]
TWO = [ACCELERATE[0], "launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
TWO += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", TRAIN]


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_two_processes_train_what_one_does(arguments, tmp_path, system):
    # Few steps: sooner or later a pixel lies within rounding of the kink of an L1 loss, and the
    # two gradients part by that pixel. Until then every weight agrees to a few 1e-9.
    arguments = [*arguments, f"--system={system}", "--max_steps=3", "--data.batch_size=4"]
    arguments += ["--data.paired=true"] if system == "bicyclegan" else []
    states = []
    for name, command in (("one", ACCELERATE), ("two", TWO)):
        code, output = finish(
            launch(*arguments, f"--output_dir={tmp_path / name}", command=command)
        )
        assert code == 0, output
        states.append(last_state(tmp_path / name)["objective"])
    one, two = ({k: v for k, v in s.items() if k.endswith(".weight")} for s in states)
    for name in one:  # which moved by 3e-4; not biases that a norm cancels: Adam moves them anyhow
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-5, msg=name)
    written = [{p.name for p in (tmp_path / name).rglob("*")} for name in ("one", "two")]
    assert [n for n in written[0] ^ written[1] if not n.startswith("events.")] == []


def workers_of(launcher):
    """The training processes that a launcher started, by their rank."""
    children = psutil.Process(launcher.pid).children(recursive=True)
    return {int(child.environ()["RANK"]): child for child in children if TRAIN in child.cmdline()}


@pytest.mark.slow
def test_all_processes_stop_when_one_is_told_to(arguments, tmp_path):
    endless = [*arguments, "--max_steps=100000", "--log.samples_every=0"]
    process = launch(*endless, command=TWO)
    deadline = time.monotonic() + 120
    while not checkpoints_of(tmp_path / "run") and time.monotonic() < deadline:
        time.sleep(0.2)
    workers_of(process)[1].send_signal(signal.SIGTERM)
    code, output = finish(process, timeout=60)
    assert code != 0 and "Go on with --resume_from_checkpoint latest" in output, output
    assert last_state(tmp_path / "run")["step"] > 0
