"""The trainer as its users run it: a real `accelerate launch`, tiny networks, drawn pictures."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import weakref
from itertools import count
from types import SimpleNamespace

import pytest
import torch
import yaml
from accelerate import Accelerator
from PIL import Image

from munit_hub.modeling_munit import MunitModel
from tests import forks
from tests.tiny_runs import ACCELERATE, PLAIN, ROOT, TRAIN, finish, last_state, launch
from training import prefetch, recorder
from training.checkpoint import checkpoints_of, load_checkpoint, save_checkpoint
from training.command_line import parse_config, save_config
from training.data import TrainingData
from training.provenance import read_starts
from training.step import NonFiniteError
from training.system import build_objective
from training.train import INTERRUPTED, check_parts, main, make_accelerator, run_script, set_up


@pytest.mark.slow
def test_a_run_leaves_a_model_a_card_samples_and_scalars(arguments, tmp_path):
    code, output = finish(launch(*arguments))
    assert code == 0, output
    run = tmp_path / "run"
    model = MunitModel.from_pretrained(run)
    assert list(model.config.domain_names) == ["edges", "fruit"]
    assert "library_name: munit_hub" in (run / "README.md").read_text()
    assert parse_config(["--config", str(run / "train.yaml")]).max_steps == 4
    with Image.open(run / "samples" / "00000004.png") as grid:  # 7 columns, 2 rows a direction
        assert grid.size == (7 * 34 - 2, 4 * 34 - 2)
    assert list((run / "tensorboard").rglob("events.*"))
    averaged, trained = last_state(run)["ema"]["shadow_params"], model.parameters()
    assert all(torch.equal(a, b) for a, b in zip(averaged, trained, strict=True))


def test_nothing_of_a_run_outlives_its_processes(arguments, monkeypatch):
    made, left = [], []

    def build(config):
        objective = build_objective(config)
        made.append(weakref.ref(objective))
        return objective

    monkeypatch.setattr("training.train.build_objective", build)
    monkeypatch.setattr(Accelerator, "end_training", lambda self: left.append(made[0]()))
    assert main([*arguments, "--max_steps=1"]) == 0
    assert left == [None]


@pytest.mark.slow
@pytest.mark.parametrize("system", ["munit", "unit", "cyclegan", "bicyclegan"])
def test_a_resumed_run_is_the_run_that_never_stopped(arguments, tmp_path, system):
    arguments = [*arguments, f"--system={system}"]
    if system == "bicyclegan":  # both sources have 6 of the 12 pictures
        arguments.append("--data.paired=true")
    halves = [*arguments, f"--output_dir={tmp_path / 'halves'}"]
    parts = ([*halves, "--max_steps=2"], [*halves, "--resume_from_checkpoint=latest"])
    for flags in (arguments, *parts):
        code, output = forks.run(TRAIN, *flags)
        assert code == 0, output
    whole, resumed = last_state(tmp_path / "run"), last_state(tmp_path / "halves")
    assert whole["step"] == resumed["step"] == 4
    for name, value in whole["objective"].items():
        assert torch.equal(value, resumed["objective"][name]), name


@pytest.mark.slow
@pytest.mark.parametrize("command", [ACCELERATE, PLAIN], ids=["accelerate", "plain"])
def test_ctrl_c_saves_and_says_how_to_go_on(arguments, tmp_path, command):
    endless = [*arguments, "--max_steps=100000", "--log.samples_every=0"]
    process = launch(*endless, command=command, start_new_session=True)
    deadline = time.monotonic() + 120
    while not checkpoints_of(tmp_path / "run") and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the launcher and its child
    code, output = finish(process)
    assert code != 0
    if command is PLAIN:  # the launcher dies of the signal, with a traceback of its own
        assert code == INTERRUPTED and "Traceback" not in output
    assert "Go on with --resume_from_checkpoint latest" in output
    state = last_state(tmp_path / "run")
    assert state["step"] > 0
    assert f"Stopped at step {state['step']} and saved" in output


def test_a_run_that_waits_for_pictures_can_be_stopped(arguments, tmp_path, monkeypatch):
    monkeypatch.setattr(prefetch, "PATIENCE", 0.05)
    arrives, batch = threading.Event(), TrainingData.batch

    def late(data, step):
        if step == 0:
            os.kill(os.getpid(), signal.SIGTERM)
            arrives.wait(20)
        return batch(data, step)

    monkeypatch.setattr(TrainingData, "batch", late)
    assert main(arguments) == INTERRUPTED
    arrives.set()
    assert last_state(tmp_path / "run")["step"] == 0


def test_a_second_ctrl_c_does_not_end_what_is_being_saved(arguments, tmp_path, monkeypatch):
    def impatient(*given):
        signal.raise_signal(signal.SIGINT)
        return save_checkpoint(*given)

    monkeypatch.setattr(recorder, "save_checkpoint", impatient)
    assert main(arguments) == INTERRUPTED  # at the checkpoint of step 2, and at the last one
    assert last_state(tmp_path / "run")["step"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_before_the_first_step_finds_nothing_half(
    arguments, tmp_path, monkeypatch, capsys, number
):
    number_of = count()  # a second signal, of another thread, would meet the tests themselves

    def stopped(*_):
        if next(number_of) == 0:
            os.kill(os.getpid(), number)
        raise ValueError("no picture")

    monkeypatch.setattr("training.cache.fitted", stopped)
    monkeypatch.setattr(sys, "argv", [TRAIN, *arguments, "--data.sources.edges.max_bad_images=9"])
    before, threads = signal.getsignal(signal.SIGTERM), set(threading.enumerate())
    try:
        with pytest.raises(SystemExit) as ended:
            run_script()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == INTERRUPTED
    assert "Stopped. --resume_from_checkpoint latest goes on" in capsys.readouterr().err
    assert not list((tmp_path / "cache").iterdir())
    wait_until_ended(threads)  # what reads pictures would meet the next test's patch


def wait_until_ended(threads, patience=10.0):
    """Wait for threads that are not of these; one still being begun cannot be joined."""
    until = time.monotonic() + patience
    while any(not new.daemon for new in set(threading.enumerate()) - threads):
        assert time.monotonic() < until, "a thread outlives what was stopped"
        time.sleep(0.01)


def run_process(*arguments):
    done = subprocess.run(
        [sys.executable, TRAIN, *arguments], capture_output=True, text=True, timeout=180
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "wrong, message",
    [
        ("--munit.model.base_widht=4", "base_widht"),
        ("--max_steps=many", "max_steps"),
        ("--data.sources.edges.pth=x", "pth"),
    ],
)
def test_unknown_keys_and_wrong_types_are_named(arguments, wrong, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        parse_config([*arguments, wrong])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_a_missing_column_is_one_sentence(arguments):
    code, error = run_process(*arguments, "--data.sources.fruit.image_column=picture")
    assert code == 1
    last = error.strip().splitlines()[-1]
    assert last.startswith("train.py: ") and "'picture'" in last and "it has image" in last
    assert "Traceback" not in error


@pytest.mark.parametrize("preset", sorted((ROOT / "training" / "configs").glob("*.yaml")), ids=str)
def test_presets_are_valid_and_numbers_are_numbers(preset):
    config = parse_config(["--config", str(preset)])
    assert isinstance(config.optimizer.learning_rate, float)
    assert len(config.data.sources) == (1 if config.system == "tunit" else 2)
    assert config.max_steps > 0


@pytest.mark.parametrize("term", ["image", "content", "style"])
def test_an_ablation_is_munit_but_for_one_weight(term):
    configs = [
        yaml.safe_load((ROOT / "training" / "configs" / f"{name}.yaml").read_text())
        for name in ("munit", f"munit-no-{term}")
    ]
    assert configs[1]["munit"].pop("weights") == {f"{term}_rec": 0}
    for config in configs:
        del config["output_dir"], config["card"]
    assert configs[0] == configs[1]


def test_pairs_are_demanded_where_they_are_needed(arguments):
    with pytest.raises(ValueError, match="bicyclegan learns from pairs: set data.paired"):
        parse_config([*arguments, "--system=bicyclegan"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("--max_steps=0", "max_steps must be 1 or more, not 0"),
        ("--ema_decay=1.5", r"ema_decay must be in \[0, 1\), not 1.5"),
        ("--log.sample_images=0", "log.sample_images must be 1 or more, not 0"),
        ("--optimizer.schedule=piecewise_constant", "needs optimizer.schedule_rules, such as"),
        ("--optimizer.schedule=cosin", "'cosine_with_restarts'"),
        ("--optimizer.warmup_steps=10", "schedule constant has no warm-up: .* must be 0, not 10"),
        ("--data.sources.edges.edges.blur=4", "edges.blur must be odd and 1 or more, not 4"),
        ("--precision=fp8", "'bf16'"),
    ],
)
def test_what_cannot_be_is_told_before_the_pictures_are_read(arguments, wrong, said, capsys):
    with pytest.raises((ValueError, SystemExit)) as stopped:
        parse_config([*arguments, wrong])
    assert re.search(said, str(stopped.value) + capsys.readouterr().err)


def test_a_refused_start_changes_nothing(arguments, tmp_path):
    save_checkpoint(tmp_path / "run", 1, {"step": 1}, keep=1)
    described = tmp_path / "run" / "train.yaml"
    described.write_text("the run that is here")
    with pytest.raises(ValueError, match="holds a run already"):
        main(arguments)
    assert described.read_text() == "the run that is here"


@pytest.mark.parametrize("wanted", [True, False])
def test_tf32_is_what_the_run_asks_for(arguments, wanted):
    config = parse_config([*arguments, f"--allow_tf32={wanted}"])
    backends = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [backend.allow_tf32 for backend in backends]
    try:
        set_up(config, Accelerator(cpu=True))
        assert [backend.allow_tf32 for backend in backends] == [wanted, wanted]
    finally:
        for backend, allowed in zip(backends, before, strict=True):
            backend.allow_tf32 = allowed


def test_a_batch_that_parts_and_processes_cannot_share_is_named(arguments):
    config = parse_config([*arguments, "--data.batch_size=4", "--gradient_accumulation_steps=4"])
    said = "must be a multiple of 2 processes x gradient_accumulation_steps=4, not 4"
    with pytest.raises(ValueError, match=said):
        check_parts(config, SimpleNamespace(num_processes=2))


def test_several_processes_that_are_none_are_told(arguments, monkeypatch, caplog):
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")  # all that `--cpu --num_processes 2` leaves
    make_accelerator(parse_config([*arguments, "--report_to=none"]))
    assert "started a single process, as it does with --cpu" in caplog.text


def test_buffers_that_all_processes_make_alike_are_not_sent(arguments):
    accelerator = make_accelerator(parse_config([*arguments, "--report_to=none"]))
    assert accelerator.ddp_handler.broadcast_buffers is False


def test_an_interrupted_run_has_an_exit_code_of_its_own():
    assert INTERRUPTED not in (0, 1, 2)


def test_a_dry_run_tells_what_the_run_would_take_and_writes_nothing(arguments, tmp_path, capsys):
    assert main([*arguments, "--max_steps=1000", "--dry_run"]) == 0
    said = capsys.readouterr().out
    for part in (
        "parameters of model",
        "parameters of critics",
        "pictures of fruit",
        "GiB",
        "1,000 steps",
    ):
        assert part in said
    assert not (tmp_path / "run").exists()


def test_a_start_is_recorded_and_told_in_the_card(arguments, tmp_path):
    run = tmp_path / "run"
    for steps in (2, 4):
        code = main([*arguments, f"--max_steps={steps}", "--resume_from_checkpoint=latest"])
        assert code == 0
    first, second = read_starts(run)
    assert (first["step"], second["step"]) == (0, 2)
    assert first["versions"]["torch"] == torch.__version__
    assert first["data"]["fruit"]["pictures"] == 6
    assert first["data"]["edges"]["fingerprint"] != first["data"]["fruit"]["fingerprint"]
    assert "| Pictures | 6 of edges, 6 of fruit |" in (run / "README.md").read_text()


def test_a_runs_folder_is_its_configuration(arguments, tmp_path):
    wanted = parse_config(arguments)
    save_config(arguments, tmp_path / "run")
    for given in (["--config", str(tmp_path / "run")], [f"--config={tmp_path / 'run'}"]):
        assert parse_config(given) == wanted


def test_a_runs_folder_repeats_the_run(arguments, tmp_path):
    flags = ["--max_steps=2", "--log.samples_every=0", "--resume_from_checkpoint=latest"]
    assert main([*arguments, *flags, "--optimizer.learning_rate=3e-3"]) == 0
    again = tmp_path / "again"
    assert main(["--config", str(tmp_path / "run"), "--output_dir", str(again)]) == 0
    first, second = (last_state(run)["objective"] for run in (tmp_path / "run", again))
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_a_run_that_is_not_finite_leaves_the_batch_to_look_at(arguments, tmp_path):
    with pytest.raises(NonFiniteError, match="is not finite in step 0. Look at .*step-00000000"):
        main([*arguments, "--munit.weights.gan=1e39"])
    state = load_checkpoint(tmp_path / "run" / "debug" / "step-00000000")
    assert state["x"]["fruit"].shape == (2, 3, 32, 32) and state["step"] == 0
    assert checkpoints_of(tmp_path / "run") == []


def test_what_is_not_finite_is_told_on_a_full_disk_too(arguments, monkeypatch):
    def full(*_, **__):
        raise OSError("debug/step-00000000 cannot be written (No space left).")

    monkeypatch.setattr("training.loop.save_debug", full)
    with pytest.raises(NonFiniteError, match="is not finite in step 0. debug/.* cannot be written"):
        main([*arguments, "--munit.weights.gan=1e39", "--report_to=none"])


def test_a_run_does_not_go_on_with_other_pictures_unasked(arguments, pictures, tmp_path):
    assert main([*arguments, "--max_steps=2"]) == 0
    run = tmp_path / "run"
    before = (run / "train.yaml").read_text(), read_starts(run)
    other = tmp_path / "other"
    other.mkdir()
    for path in sorted(pictures.iterdir())[:6]:
        (other / path.name).write_bytes(path.read_bytes())
    again = [*arguments, "--resume_from_checkpoint=latest", f"--data.sources.fruit.path={other}"]
    with pytest.raises(ValueError, match="was trained on other pictures of 'fruit' .6 of them"):
        main(again)
    with pytest.raises(ValueError, match="checkpoint is of another architecture"):
        main([*arguments, "--resume_from_checkpoint=latest", "--munit.model.base_width=8"])
    assert before == ((run / "train.yaml").read_text(), read_starts(run))
    assert main([*again, "--allow_other_data=true"]) == 0
