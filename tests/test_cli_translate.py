"""`munit-hub translate` of files: what it makes, what it says, and its exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.tiny_work import draw, tree

ROOT = Path(__file__).resolve().parents[1]
FRUIT = ("--target", "fruit")


def test_a_folder_and_again(here, saved_model, tmp_path):
    draw(tmp_path / "in" / "sub" / "apple.png")
    command = ("translate", saved_model, "in", *FRUIT, "-n", 2, "-o", "out")
    assert here(*command) == (0, "1 of 1 files translated, in out\n", "")
    assert tree(tmp_path / "out") == ["sub/apple-1.png", "sub/apple-2.png"]
    said = "0 of 1 files translated, 1 were there already, in out\n"
    assert here(*command) == (0, said, "")


def test_what_is_left_out_is_named_and_has_an_exit_code_of_its_own(here, saved_model, tmp_path):
    draw(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("broken")
    code, out, err = here("translate", saved_model, "*.png", *FRUIT)
    assert (code, out) == (3, "1 of 2 files translated, in translated\n")
    assert err.startswith("Left out: b.png is not a picture that can be read")
    code, out, _ = here("translate", saved_model, "*.png", *FRUIT, "--json")
    told = json.loads(out)
    assert code == 3 and [failed["source"] for failed in told.pop("failed")] == ["b.png"]
    assert told.pop("output") == "translated" and told.pop("stopped") is False
    assert told == {"of": "files", "total": 2, "done": 0, "passed_over": 1}


def test_nothing_is_overwritten_unasked(here, saved_model, tmp_path):
    draw(tmp_path / "a.png")
    mine = draw(tmp_path / "translated" / "a-1.png", 1).read_bytes()
    code, _, err = here("translate", saved_model, "a.png", *FRUIT)
    assert code == 3 and "translated/a-1.png is there, of another command or input" in err
    assert (tmp_path / "translated" / "a-1.png").read_bytes() == mine
    assert here("translate", saved_model, "a.png", *FRUIT, "--overwrite")[0] == 0
    assert (tmp_path / "translated" / "a-1.png").read_bytes() != mine


def test_parts_are_all_of_it_once(here, saved_model, tmp_path):
    for number in range(5):
        draw(tmp_path / "in" / f"{number}.png", number)
    parts = []
    for part in ("0/2", "1/2"):
        out = part[0]
        assert here("translate", saved_model, "in", *FRUIT, "--part", part, "-o", out)[0] == 0
        parts.append(tree(tmp_path / out))
    assert sorted(parts[0] + parts[1]) == [f"{n}-1.png" for n in range(5)] and len(parts[0]) == 3


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_whole_files_and_goes_on(saved_model, tmp_path, how):
    for number in range(150):
        draw(tmp_path / "in" / f"{number:03}.png", number)
    command = [sys.executable, "-m", "munit_hub.cli", "translate", saved_model, "in", *FRUIT]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(
        [*command, "--num-styles", "64"], cwd=tmp_path, env=environment, **piped
    )
    while not list(tmp_path.glob("translated/*.png")) and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(how)
    out, err = running.communicate()
    assert running.returncode == 130 and "to go: the same command goes on." in err
    there = tree(tmp_path / "translated")
    assert 0 < len(there) < 150 * 64 and not any("unfinished" in name for name in there)
    for name in there:
        with Image.open(tmp_path / "translated" / name) as whole:
            whole.load()


WRONG = {
    "nothing": (["m", *FRUIT], 2, "Either INPUT or --dataset says what to translate"),
    "both": (["m", "a.png", "--dataset", "d", *FRUIT], 2, "Either INPUT or --dataset says"),
    "reference": (
        ["m", "a.png", *FRUIT, "--reference", "b.png", "-n", 2],
        2,
        "--reference makes one result: without --num-styles and --seed.",
    ),
    "drawings": (
        ["m", "a.png", *FRUIT, "--drawings", "--longest-side", 9],
        2,
        "--drawings brings them to the model's size: without --longest-side.",
    ),
    "no file": (["m", "none.png", *FRUIT], 1, "none.png names no picture; files, folders and"),
    "no model": (["./m", "a.png", *FRUIT], 1, "./m does not exist here; a model's folder or a"),
    "part": (["m", "a.png", *FRUIT, "--part", "2/2"], 2, 'A part is like "0/2" or "1/2"'),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_one_sentence(here, tmp_path, case):
    draw(tmp_path / "a.png")
    args, code, said = WRONG[case]
    found, out, err = here("translate", *args)
    assert (found, out, err.count("\n")) == (code, "", 1) and err.startswith(f"Error: {said}")
    assert tree(tmp_path) == ["a.png"]


def test_the_longest_side_is_that_of_the_results(here, saved_model, tmp_path):
    draw(tmp_path / "a.png", size=(80, 40))
    assert here("translate", saved_model, "a.png", *FRUIT, "--longest-side", 32)[0] == 0
    with Image.open(tmp_path / "translated" / "a-1.png") as made:
        assert made.size == (32, 16)


def test_a_domain_that_is_none_is_named_before_anything_is_written(here, saved_model, tmp_path):
    draw(tmp_path / "a.png")
    code, _, err = here("translate", saved_model, "a.png", "--target", "cat")
    assert code == 1 and "edges, fruit" in err and tree(tmp_path) == ["a.png"]


def test_help_teaches(here):
    code, out, _ = here("translate", "--help")
    assert code == 0
    for words in ("goes on where it stopped", "--overwrite", "Exit codes: 0 all done", "apple-1"):
        assert words in out
