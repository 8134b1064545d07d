"""The command line: what it makes, what it says, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from huggingface_hub import ModelCard

from munit_hub import CycleGanModel, MunitModel, TunitModel, UnitModel
from munit_hub.cli import main
from munit_hub.cli.convert import FORMATS
from munit_hub.conversion import CODE_BASES, load_discriminators, load_reference_file
from munit_hub.loading import load_model
from tests.test_conversion_clovaai import saved

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "fixtures" / "golden"
MUNIT, UNIT = GOLDEN / "munit", GOLDEN / "unit"
GENERATORS = [GOLDEN / "cyclegan" / f"latest_net_G_{d}.pth" for d in "AB"]
CRITIC = GOLDEN / "cyclegan" / "latest_net_D_A.pth"


@pytest.fixture
def run(capsys):
    def call(*args):
        code = main([str(arg) for arg in args])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def munit(*more):
    return "convert", "nvlabs-munit", MUNIT / "gen_00000003.pt", *more


def test_munit_becomes_a_folder_that_loads(run, tmp_path):
    folder = tmp_path / "munit-cat2dog"
    config, critics = MUNIT / "config.yaml", MUNIT / "dis_00000003.pt"
    code, out, _ = run(
        *munit("--config", config, "--discriminator", critics),
        *("--domain-names", "cat, dog", "--output", folder),
    )
    assert code == 0
    assert f"MunitModel of cat and dog, 0.31 million parameters, in {folder}\n" in out
    assert f'munit_hub.TranslationPipeline.from_pretrained("{folder}")' in out
    reference, x = load_reference_file(MUNIT / "gen_00000003.pt"), torch.rand(1, 3, 32, 32)
    for model in (load_model(folder), MunitModel.from_pretrained(folder)):
        weight = model.content_encoders[0].down[0].conv.weight
        assert torch.equal(weight, reference["a"]["enc_content.model.0.conv.weight"])
        assert model.targets == ["cat", "dog"] and model(x, "cat", "dog").shape == x.shape
    assert list(load_discriminators(folder)) == ["cat", "dog"]


def test_the_card_names_the_origin_and_its_licence(run, tmp_path):
    assert run(*munit("--output", tmp_path / "m"))[0] == 0
    card = ModelCard.load(tmp_path / "m" / "README.md")
    assert card.data.license == "cc-by-nc-sa-4.0" and "munit" in card.data.tags
    assert "| Code base | [NVlabs MUNIT](https://github.com/NVlabs/MUNIT) |" in card.text
    assert "| Converted from | `gen_00000003.pt` |" in card.text
    assert "whose code and models are licensed CC BY-NC-SA 4.0" in card.text
    assert "Discriminators" not in card.text and "named by the person" not in card.text


def test_unit_with_a_licence_of_ones_own(run, tmp_path):
    unit = UNIT / "gen_00000003.pt"
    code, out, _ = run("convert", "nvlabs-unit", unit, "-o", tmp_path / "u", "--license", "mit")
    assert code == 0 and "UnitModel of a and b" in out
    assert isinstance(load_model(tmp_path / "u"), UnitModel)
    card = ModelCard.load(tmp_path / "u" / "README.md")
    assert card.data.license == "mit" and "The licence mit was named by the person" in card.text


@pytest.mark.parametrize("option", ["--checkpoint-ba", "--checkpoint_ba"])
def test_cyclegan_of_two_generators(run, tmp_path, option):
    a, b = GENERATORS
    code, _, _ = run(
        *("convert", "cyclegan", a, option, b, "-o", tmp_path / "c"),
        *("--discriminator", CRITIC, "--domain-names", "horse,zebra"),
    )
    assert code == 0 and load_model(tmp_path / "c").targets == ["horse", "zebra"]
    assert list(load_discriminators(tmp_path / "c")) == ["zebra"]  # D_A judges what G_A makes
    card = ModelCard.load(tmp_path / "c" / "README.md")
    assert card.data.license == "bsd-2-clause"
    assert "| `latest_net_G_A.pth`, `latest_net_G_B.pth` |" in card.text


def test_cyclegan_of_one_generator_and_both_discriminators(run, tmp_path):
    twice = ("--discriminator", CRITIC) * 2
    code, out, _ = run("convert", "cyclegan", GENERATORS[0], *twice, "-o", tmp_path)
    assert code == 0 and "discriminators of b and a" in out
    model = CycleGanModel.from_pretrained(tmp_path)
    assert model.targets == ["b"] and list(load_discriminators(tmp_path)) == ["b", "a"]


def test_there_and_back(run, tmp_path):
    assert run(*munit("--config", MUNIT / "config.yaml", "-o", tmp_path / "m"))[0] == 0
    back = ("convert", tmp_path / "m", "--to", "nvlabs-munit", "--output", tmp_path / "gen.pt")
    code, out, _ = run(*back)
    assert code == 0 and f"with its config in {tmp_path / 'gen.yaml'}" in out
    given = load_reference_file(MUNIT / "gen_00000003.pt")
    made = load_reference_file(tmp_path / "gen.pt")
    for domain, state in given.items():
        assert state.keys() == made[domain].keys()
        assert all(torch.equal(tensor, made[domain][key]) for key, tensor in state.items())
    code, _, err = run(*back)
    assert (code, err) == (2, f"Error: {tmp_path / 'gen.pt'} exists; --overwrite writes over it.\n")
    assert run(*back, "--overwrite")[0] == 0


def test_there_and_back_for_programs(run, tmp_path):
    config = ("--config", MUNIT / "config.yaml")
    code, out, _ = run(*munit(*config, "-o", tmp_path / "m", "--json"))
    told = json.loads(out)
    assert code == 0 and told["model"] == str(tmp_path / "m") and told["discriminators"] == []
    assert told["architecture"] == "MunitModel" and told["domains"] == ["a", "b"]
    back = ("convert", tmp_path / "m", "--to", "nvlabs-munit", "--output", tmp_path / "gen.pt")
    code, out, _ = run(*back, "--json")
    told = json.loads(out)
    assert code == 0 and told["checkpoint"] == str(tmp_path / "gen.pt")
    assert told["config"] == str(tmp_path / "gen.yaml")


def test_nothing_is_overwritten_unasked(run, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    code, _, err = run(*munit("--discriminator", MUNIT / "dis_00000003.pt", "-o", tmp_path))
    assert code == 2 and err.startswith(f"Error: {tmp_path} is not empty; --overwrite writes")
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
    critics = ("--discriminator", MUNIT / "dis_00000003.pt")
    assert run(*munit(*critics, "-o", tmp_path, "--overwrite"))[0] == 0
    assert (tmp_path / "discriminator.json").exists()
    assert run(*munit("-o", tmp_path, "--overwrite"))[0] == 0
    assert (tmp_path / "notes.txt").exists() and load_model(tmp_path)
    assert not (tmp_path / "discriminator.json").exists()  # of the model that was there


@pytest.mark.parametrize("names", [None, "red, green,blue"])
def test_tunit_with_its_own_discriminator(run, tmp_path, names):
    path, _ = saved(tmp_path)
    options = ("--domain-names", names) if names else ()
    folder = tmp_path / "t"
    code, out, _ = run(
        *("convert", "clovaai-tunit", path, "--discriminator", path, "-o", folder, *options)
    )
    assert code == 0
    assert f"TunitModel of {'red, green and blue' if names else '0, 1 and 2'}, " in out
    assert "give references, or call measure_domains" in out and "of all domains, in" in out
    model = load_model(folder)
    assert isinstance(model, TunitModel) and model.config.sample_size == 64
    (critic,) = load_discriminators(folder).values()
    assert critic(torch.rand(2, 3, 64, 64), torch.tensor([0, 2])).shape == (2,)
    card = ModelCard.load(folder / "README.md")
    assert card.data.license == "cc-by-nc-sa-4.0" and "Found 3 domains" in card.text


def test_tunit_has_as_many_names_as_domains(run, tmp_path):
    path, _ = saved(tmp_path)
    two = ("--domain-names", "cat,dog", "-o", tmp_path / "t")
    code, _, err = run("convert", "clovaai-tunit", path, *two)
    assert code == 1 and "has 3 domains, which cannot be named cat and dog." in err


WRONG_USE = {
    "no command": ([], "Missing command."),
    "no format": (["convert", "-o", "x"], "Missing argument 'FORMAT'. See munit-hub convert --he"),
    "unknown format": (["convert", "tunit", "x.pt", "-o", "x"], "'tunit' is no FORMAT; allowed ar"),
    "no checkpoint": (["convert", "cyclegan", "-o", "x"], "After cyclegan comes the CHECKPOINT"),
    "no output": (munit(), "Missing option '--output'"),
    "unknown option": (munit("--wat"), "No such option: --wat"),
    "foreign option": (
        munit("-o", "x", "--checkpoint-ba", "b.pth"),
        "--checkpoint-ba is not for",
    ),
    "a config": (
        ["convert", "cyclegan", "a", "-o", "x", "--config", "c"],
        "--config is not for",
    ),
    "a config of tunit": (
        ["convert", "clovaai-tunit", "a", "-o", "x", "--config", "c"],
        "--config is not for clovaai-tunit",
    ),
    "equal names of tunit": (
        ["convert", "clovaai-tunit", "a", "-o", "x", "--domain-names", "c,c,d"],
        "--domain-names must be different names, as in cat,dog",
    ),
    "one name": (munit("-o", "x", "--domain-names", "cat"), "--domain-names must be two names, as"),
    "same names": (
        munit("-o", "x", "--domain-names", "cat,cat"),
        "--domain-names must be two",
    ),
    "output a file": (munit("-o", __file__), "test_cli.py is a file; --output must be a folder."),
    "many critics": (
        munit("-o", "x", "--discriminator", "d", "--discriminator", "e"),
        "nvlabs-munit takes --discriminator 1 time at most.",
    ),
    "way back to": (["convert", "m", "--to", "cyclegan", "-o", "g.pt"], "--to cyclegan is unknown"),
    "way back of two": (
        munit("--to", "nvlabs-munit", "-o", "g.pt"),
        "With --to comes a model alone, and not CHECKPOINT.",
    ),
    "way back in": (
        ["convert", "m", "--to", "nvlabs-munit", "-o", "g"],
        "name ends in .pt, not",
    ),
}


@pytest.mark.parametrize("case", WRONG_USE)
def test_wrong_use_is_one_sentence_and_exit_code_2(run, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args, message = WRONG_USE[case]
    code, out, err = run(*args)
    assert code == 2 and not out and message in err
    assert err.startswith("Error: ") and err.count("\n") == 1 and not list(tmp_path.iterdir())


FAILURES = {
    "no file": (["nvlabs-munit", "none.pt"], "none.pt does not exist"),
    "discriminator": (["nvlabs-munit", MUNIT / "dis_00000003.pt"], "holds discriminators"),
    "critic": (["cyclegan", CRITIC], "holds a discriminator"),
    "generator as critic": (
        [*munit()[1:], "--discriminator", MUNIT / "gen_00000003.pt"],
        "not discriminators (dis_*.pt)",
    ),
    "no config": ([*munit()[1:], "--config", "none.yaml"], "The config none.yaml does not exist."),
    "foreign model": ([ROOT / "tests", "--to", "nvlabs-munit"], "must hold both config.json and"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_one_sentence_and_exit_code_1(run, case, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    args, message = FAILURES[case]
    code, out, err = run("convert", *args, "-o", "x.pt")
    assert code == 1 and not out and message in err
    assert err.startswith("Error: ") and err.count("\n") == 1 and not list(tmp_path.iterdir())


def test_a_model_without_a_way_back_is_named(run, tmp_path):
    UnitModel(base_width=2, num_residual_blocks=1).save_pretrained(tmp_path / "u")
    code, _, err = run("convert", tmp_path / "u", "--to", "nvlabs-munit", "-o", tmp_path / "g.pt")
    assert code == 1 and "is a UnitModel; only a MunitModel has a way back." in err


def test_a_place_that_cannot_be_written_is_one_sentence(run, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run(*munit("-o", tmp_path / "file" / "m"))
    assert code == 1 and err.startswith("Error: ") and "Traceback" not in err


def test_an_error_of_the_system_is_told_with_its_file_if_it_has_one(run, monkeypatch):
    for error, said in (
        (OSError(28, "No space left on device"), "Error: No space left on device.\n"),
        (OSError(13, "Permission denied", "m"), "Error: Permission denied: m.\n"),
    ):
        monkeypatch.setattr("munit_hub.cli.app", Mock(side_effect=error))
        assert run("info", "m") == (1, "", said)


@pytest.mark.parametrize(
    ("args", "taught"),
    [
        (["--help"], ["convert", "Exit codes: 0 done, 1 failed, 2 wrong use"]),
        (["convert", "--help"], ["nvlabs-unit", "--domain-names edges,shoes", "--to nvlabs-munit"]),
    ],
)
def test_help_teaches(run, args, taught):
    code, out, _ = run(*args)
    assert code == 0 and all(words in out for words in taught)


def test_every_format_has_its_code_base():
    assert set(FORMATS) == set(CODE_BASES)


def command(*args):
    line = [sys.executable, "-m", "munit_hub.cli", *map(str, args)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True)


def test_as_a_process(tmp_path):
    done = command(*munit("--output", tmp_path / "m"))
    assert done.returncode == 0 and "Load it: " in done.stdout
    assert done.stderr == (
        "The tensors do not show gen.activ=relu and gen.pad_type=reflect: taken as in the public "
        "configs.\n"
    )
    done = command(*munit("--output", tmp_path / "m"))
    assert done.returncode == 2 and not done.stdout and done.stderr.count("\n") == 1
