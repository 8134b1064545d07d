"""`munit-hub push`, `pull` and `info` against the server, also as processes of their own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from munit_hub import TunitModel
from munit_hub.cli import main
from munit_hub.loading import load_model
from munit_hub.model_card import write_model_card
from tests.tiny_models import same_weights, tiny_model

ROOT = Path(__file__).resolve().parents[1]
ID = "me/munit"
FIGURES = {"lpips": "0.25", "frechet": "7.1"}


@pytest.fixture
def process(hub, tmp_path):
    """A command line as a process in `tmp_path`, with a cache of its own; code, stdout, stderr."""

    def call(*args):
        done = subprocess.run(
            [sys.executable, "-m", "munit_hub.cli", *map(str, args)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | hub.environment(tmp_path),
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def run(hub, tmp_path, monkeypatch, capfd):
    """The same within this process, which has loaded torch already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def call(*args):
        capfd.readouterr()
        code = main([str(arg) for arg in args])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def folder(tmp_path):
    tiny_model().save_pretrained(tmp_path / "mine")
    card = {"title": "Edges", "license": "mit", "facts": {}, "figures": FIGURES}
    write_model_card(tmp_path / "mine", **card)
    return tmp_path / "mine"


def test_there_and_back(process, hub, folder, tmp_path):
    code, out, err = process("push", "mine", "munit", "--private", "--message", "First")
    assert (code, err) == (0, "")
    described = "MunitModel of edges and fruit, 0.06 million parameters, in "
    assert out.startswith(f"{described}{hub.url}/me/munit/commit/")
    assert out.endswith('Load it: munit_hub.TranslationPipeline.from_pretrained("me/munit")\n')
    repo = hub.store.repos["model", ID]
    assert repo.private and repo.commits[repo.sha("main")].message == "First"

    code, out, err = process("pull", ID, "theirs")
    assert (code, err) == (0, "")
    assert out.startswith(f"{described}theirs\n")
    assert same_weights(load_model(tmp_path / "theirs"), tiny_model())
    names = {path.name for path in folder.iterdir()}
    assert {path.name for path in (tmp_path / "theirs").iterdir()} == names
    assert not any(path.is_symlink() for path in (tmp_path / "theirs").iterdir())
    assert 'from_pretrained("me/munit")' in (tmp_path / "theirs" / "README.md").read_text()

    code, _, err = process("pull", ID, "theirs")
    assert (code, err) == (
        2,
        "Error: theirs is not empty; --overwrite writes there all the same.\n",
    )


def test_a_branch_and_a_licence(run, hub, tmp_path):
    tiny_model().save_pretrained(tmp_path / "plain")
    assert run("push", "plain", ID, "--revision", "try", "--license", "mit")[0] == 0
    assert b"license: mit" in hub.store.repos["model", ID].files("try")["README.md"].data
    assert run("pull", ID, "back", "--revision", "try", "--overwrite")[0] == 0
    code, _, err = run("pull", ID, "main")
    assert code == 1 and err.startswith("Error: me/munit on the Hub must hold both config.json")


def test_a_licence_beside_a_card_is_wrong_use(run, hub, folder):
    code, out, err = run("push", "mine", ID, "--license", "apache-2.0")
    assert (code, out) == (2, "") and not hub.asked
    said = "--license is for a folder without a card: edit the licence in mine/README.md."
    assert err == f"Error: {said}\n"


def test_a_card_that_cannot_be_read_is_told_as_of_this_machine(run, folder):
    (folder / "README.md").unlink()
    (folder / "README.md").write_bytes(b"\xff")
    code, _, err = run("push", "mine", ID)
    assert (code, err) == (1, "Error: mine/README.md is not text in UTF-8; it is not pushed.\n")


def test_info_for_people(run, hub, folder):
    code, out, err = run("info", "mine")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Model       MunitModel",
        f"Parameters  {sum(p.numel() for p in tiny_model().parameters()):,}",
        "Domains     edges, fruit",
        "Translates  into edges, fruit",
        "Styles      8 numbers each",
        "Tensors     multiples of 4, at least 16 pixels; pictures of any size",
        "Licence     mit",
        "Figures     lpips 0.25, frechet 7.1",
    ]


def test_info_of_a_card_whose_figures_somebody_wrote(run, folder):
    card = (folder / "README.md").read_text()
    (folder / "README.md").write_text(card.replace("value: 0.25", 'value: "0.25 ± 0.01"'))
    code, out, _ = run("info", "mine")
    assert code == 0 and "Figures     lpips 0.25 ± 0.01, frechet 7.1\n" in out


def test_info_for_programs(run, process, hub, folder):
    tiny_model(TunitModel).push_to_hub(ID)
    code, out, err = process("info", ID, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["model"] == ID and told["architecture"] == "TunitModel"
    assert told["domains"] == ["edges", "fruit"] and told["config"]["guide_width"] == 2
    assert told["license"] == "unknown" and told["figures"] == {}
    told = json.loads(run("info", "mine", "--json")[1])
    assert told["figures"] == {"lpips": 0.25, "frechet": 7.1}


def test_push_and_pull_for_programs(run, hub, folder):
    facts = {
        "architecture": "MunitModel",
        "parameters": sum(p.numel() for p in tiny_model().parameters()),
        "domains": ["edges", "fruit"],
    }
    code, out, err = run("push", "mine", ID, "--json")
    sha = hub.store.repos["model", ID].sha("main")
    commit = f"{hub.url}/{ID}/commit/{sha}"
    assert (code, err) == (0, "") and json.loads(out) == {"model": ID, "commit": commit} | facts
    code, out, err = run("pull", ID, "theirs", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"model": "theirs", "commit": sha} | facts


REFUSED = {
    "no model": (["info", "me/none"], "The Hub shows no me/none: check the id;"),
    "no folder": (["push", "none", ID], "none is no folder; a model's folder is needed."),
    "not mine": (["push", "mine", "other/m"], "The token may not write to other/m: use one of"),
    "a folder": (["pull", "mine", "theirs"], "mine is here, so it would be read from here;"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_failure_is_one_sentence_and_exit_code_1(run, folder, case, tmp_path):
    args, said = REFUSED[case]
    code, out, err = run(*args)
    assert (code, out, err.count("\n")) == (1, "", 1) and err.startswith(f"Error: {said}")
    assert not (tmp_path / "theirs").exists()


@pytest.mark.parametrize("args", [["push", "mine", "a/b/c"], ["pull", "a b", "theirs"]])
def test_wrong_use_is_exit_code_2(run, folder, args):
    code, out, err = run(*args)
    assert (code, out) == (2, "") and err.startswith("Error: REPO_ID must be such as your-name/mo")


def test_a_wrong_token_is_told(run, folder, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    code, _, err = run("push", "mine", ID)
    assert code == 1 and err.endswith("log in with `hf auth login`, or mend HF_TOKEN.\n")


def test_what_does_not_load_is_not_pushed(run, hub, folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"base_width": 8}))
    code, _, err = run("push", "mine", ID)
    assert code == 1 and "has weights that do not fit its config.json" in err and not hub.asked


def test_a_pull_that_breaks_off_leaves_no_folder(run, hub, tmp_path):
    tiny_model().push_to_hub(ID)
    hub.fault("GET /cdn/", cut=0)
    code, _, err = run("pull", ID, "theirs")
    assert code == 1 and err.splitlines()[-1].startswith(f"Error: The download of {ID} did not end")
    assert not (tmp_path / "theirs").exists()
    hub.heal()
    assert run("pull", ID, "theirs")[0] == 0


def test_a_pull_over_another_model_leaves_none_of_its_discriminators(run, hub, folder, tmp_path):
    tiny_model(seed=1).push_to_hub(ID)
    names = ["discriminator.json", "discriminator.safetensors"]
    for name in (*names, "notes.txt"):
        (folder / name).write_text("old")
    assert run("pull", ID, "mine", "--overwrite")[0] == 0
    assert same_weights(load_model(folder), tiny_model(seed=1))
    left = {path.name for path in folder.iterdir()}
    assert "notes.txt" in left and not left & set(names)
    assert not [name for name in left if name.startswith(".pull")]


@pytest.mark.parametrize("place", ["theirs", "mine"])
def test_a_disk_that_gets_full_leaves_the_folder_as_it_was(run, hub, folder, monkeypatch, place):
    tiny_model(seed=1).push_to_hub(ID)
    (folder / "discriminator.json").write_text("old")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    copy = shutil.copyfile

    def full(source, target, **options):
        if str(target).endswith(".safetensors"):
            raise OSError(28, "No space left on device", str(target))
        return copy(source, target, **options)

    monkeypatch.setattr(shutil, "copyfile", full)
    code, out, err = run("pull", ID, place, "--overwrite")
    assert (code, out, err.count("\n")) == (1, "", 1) and "No space left on device" in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir() if path.name != "hf_home"] == ["mine"]


@pytest.mark.parametrize(
    ("command", "taught"),
    [
        (
            "push",
            ["hf auth login", "--private", "munit-hub push runs/mine your-name/munit-cat2dog"],
        ),
        ("pull", ["--revision v1", "no pickle"]),
        ("info", ["--json", "jq .figures"]),
    ],
)
def test_help_teaches(run, command, taught):
    code, out, _ = run(command, "--help")
    assert code == 0 and all(words in out for words in taught)
