"""The loop over several processes, as `accelerate launch` starts them (gloo, on the CPU)."""

import re
import shutil
import signal
import time

import psutil
import pytest
import torch
from PIL import Image

from tests.double_train import double
from tests.tiny_runs import ACCELERATE, PLAIN, ROOT, TRAIN, differences, finish, last_state, launch
from training.checkpoint import checkpoints_of, damage, load_checkpoint
from training.train import main

DOUBLE, SLOW, WATCHED, BUFFERS = (
    str(ROOT / "tests" / f"{name}_train.py") for name in ("double", "slow", "watched", "buffers")
)
SYSTEMS = ["munit", "unit", "cyclegan", "bicyclegan"]
TWO = [ACCELERATE[0], "launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
TWO += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", TRAIN]


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")


@pytest.fixture
def in_float64(monkeypatch):
    double(monkeypatch.setattr)
    yield
    torch.set_default_dtype(torch.float32)


def trained(arguments, tmp_path):
    """The last states in float64 of the same run in one process and in two."""
    states = []
    for name, command in (("one", PLAIN), ("two", TWO)):
        process = launch(
            *arguments, f"--output_dir={tmp_path / name}", command=[*command[:-1], DOUBLE]
        )
        code, output = finish(process, timeout=900)  # a loaded machine takes its time
        assert code == 0, output
        states.append(last_state(tmp_path / name)["objective"])
    return states


def of_four(arguments, system):
    """Twenty steps of batches of 4, of which each process, or each part, does 2."""
    flags = [f"--system={system}", "--max_steps=20", "--data.batch_size=4"]
    flags += ["--log.samples_every=10", "--log.checkpoint_every=10"]
    return [*arguments, *flags, *(["--data.paired=true"] if system == "bicyclegan" else [])]


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_two_processes_are_bit_for_bit_one_that_halves_its_batch(
    arguments, tmp_path, monkeypatch, system
):
    """In float32, where no step of the whole batch at once is: it adds up in another order."""
    monkeypatch.setenv("WATCHED", str(tmp_path))
    arguments, folders = of_four(arguments, system), [tmp_path / name for name in ("one", "two")]
    halves = ["--gradient_accumulation_steps=2", f"--output_dir={folders[0]}"]
    assert main([*arguments, *halves]) == 0
    # Which are the same gradients, and have to get along with several processes.
    two = ["--gradient_checkpointing=true", f"--output_dir={folders[1]}"]
    code, output = finish(launch(*arguments, *two, command=[*TWO[:-1], WATCHED]), timeout=900)
    assert code == 0, output
    assert differences(*(last_state(folder) for folder in folders)) == []
    written = [{p.name for p in folder.rglob("*")} for folder in folders]
    assert [n for n in written[0] ^ written[1] if not n.startswith("events.")] == []
    made = [(tmp_path / f"made-{rank}.txt").read_text().splitlines() for rank in (0, 1)]
    assert made[1] == []  # the main process writes, and no other
    for part in ("checkpoints", "samples", "tensorboard"):
        assert any(f"two/{part}" in path for path in made[0]), part


def differing(arguments, tmp_path, monkeypatch):
    """The buffers that two processes end with, and the names of those that are not alike."""
    monkeypatch.setenv("LEFT", str(tmp_path))
    code, output = finish(launch(*arguments, command=[*TWO[:-1], BUFFERS]), timeout=900)
    assert code == 0, output
    first, second = (torch.load(tmp_path / f"buffers-{rank}.pt") for rank in (0, 1))
    assert first.keys() == second.keys()
    return first, [name for name, tensor in first.items() if not torch.equal(tensor, second[name])]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("system", "norm"), [("cyclegan", "instance"), ("munit", "spectral"), ("munit", "batch")]
)
def test_processes_make_the_same_buffers_though_none_are_sent(
    arguments, tmp_path, monkeypatch, system, norm
):
    """But for the running statistics of critics, which are of a process's images; unused."""
    flags = ["--log.samples_every=0", "--report_to=none", f"--{system}.critic.norm={norm}"]
    given = [*of_four(arguments, system), *flags, f"--output_dir={tmp_path / 'run'}"]
    buffers, others = differing(given, tmp_path, monkeypatch)
    assert len(buffers) > 3
    assert all(name.rpartition(".")[2] in ("running_mean", "running_var") for name in others)
    assert all(name.startswith("critics.") for name in others)
    assert bool(others) == (norm == "batch")
    saved = last_state(tmp_path / "run")["objective"]
    assert all(torch.equal(tensor, saved[name]) for name, tensor in buffers.items())


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_batch_in_halves_is_the_whole_one_after_twenty_steps(
    arguments, tmp_path, in_float64, system
):
    states, quiet = [], ["--log.samples_every=0", "--report_to=none"]
    for parts in (1, 2):
        flags = [f"--gradient_accumulation_steps={parts}", f"--output_dir={tmp_path / str(parts)}"]
        assert main([*of_four(arguments, system), *quiet, *flags]) == 0
        states.append(last_state(tmp_path / str(parts))["objective"])
    whole, halves = states
    for name in whole:
        torch.testing.assert_close(halves[name], whole[name], rtol=0, atol=1e-9, msg=name)


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
def test_what_failed_in_one_process_is_written_before_any_leaves(arguments, pictures, tmp_path):
    folder = tmp_path / "one-is-blank"
    folder.mkdir()
    shutil.copy(pictures / "0.png", folder)
    Image.new("RGB", (40, 40), "white").save(folder / "1.png")  # the second process's
    flags = [f"--data.sources.edges.path={folder}", "--data.sources.edges.part=null"]
    flags += ["--munit.model.num_residual_blocks=4", "--log.samples_every=0", "--report_to=none"]
    code, output = finish(launch(*arguments, *flags, command=[*TWO[:-1], SLOW]))
    place = tmp_path / "run" / "debug" / "step-00000000"
    assert code == 1 and damage(place) is None, output
    said = r"grad_norm/model is not finite in step 0. A picture of edges is .* Look at "
    assert re.search(f"{said}{place}", output), output
    edges = load_checkpoint(place)["x"]["edges"]
    assert edges[0].min() < 0 and edges[1].min() == 1
