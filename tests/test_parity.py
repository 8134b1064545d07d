"""The golden figures of the reference, copied from ../shared/golden."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests import parity

FIXTURES = Path(__file__).parent / "fixtures" / "golden"
GOLDEN = FIXTURES / "munit"
TUNIT = Path(__file__).parents[2] / "shared" / "golden" / "tunit"  # too large for the fixtures


@pytest.mark.parametrize(
    ("system", "outputs", "losses", "gradients"),
    [("munit", 14, 14, 132), ("unit", 10, 14, 96), ("cyclegan", 3, 0, 0)],
)
def test_outputs_losses_and_gradients_are_the_references(system, outputs, losses, gradients):
    errors = parity.compare(FIXTURES / system)
    kinds = [error.kind for error in errors]
    counts = (kinds.count("output"), kinds.count("loss"), kinds.count("gradient"))
    assert counts == (outputs, losses, gradients)
    assert [error for error in errors if not error.within] == []


@pytest.mark.skipif(not TUNIT.exists(), reason=f"{TUNIT} is not beside this clone")
def test_tunit_is_the_references_in_every_phase():
    errors = parity.compare(TUNIT)
    kinds = [error.kind for error in errors]
    counts = (kinds.count("output"), kinds.count("loss"), kinds.count("gradient"))
    assert counts == (17, 11, 169)
    assert [error for error in errors if not error.within] == []


@pytest.mark.skipif(not TUNIT.exists(), reason=f"{TUNIT} is not beside this clone")
def test_a_figure_of_tunit_that_is_not_computed_here_is_named(tmp_path, capsys):
    folder = tmp_path / "golden"
    shutil.copytree(TUNIT, folder)
    losses, gradients = folder / "losses.json", folder / "gradients.safetensors"
    losses.chmod(0o644), gradients.chmod(0o644), folder.chmod(0o755)
    losses.write_text(json.dumps(json.loads(losses.read_text()) | {"d_new": 1.0}))
    save_file(load_file(gradients) | {"grad.new.weight": torch.ones(2)}, gradients)
    assert parity.main(str(folder)) == 1
    said = capsys.readouterr().out
    assert "MISSING  loss d_new" in said and "MISSING  gradient grad.new.weight" in said


def test_a_wrong_output_of_a_folder_without_losses_is_found(tmp_path, capsys):
    shutil.copytree(FIXTURES / "cyclegan", tmp_path / "golden")
    path = tmp_path / "golden" / "reference.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"x_ba": tensors["x_ba"] + 1e-3}, path)
    assert parity.main(str(tmp_path / "golden")) == 1
    assert "OVER TOLERANCE  output x_ba" in capsys.readouterr().out


def changed_folder(tmp_path, system, change):
    """A golden folder whose reference.safetensors `change` has altered."""
    folder = tmp_path / "golden"
    shutil.copytree(FIXTURES / system, folder)
    path = folder / "reference.safetensors"
    save_file(change(load_file(path)), path)
    return folder


@pytest.mark.parametrize("system", ["munit", "unit", "cyclegan"])
def test_an_output_that_is_not_computed_here_is_named(tmp_path, capsys, system):
    folder = changed_folder(tmp_path, system, lambda t: t | {"x_aba": t["x_a"].clone()})
    assert parity.main(str(folder)) == 1
    assert "MISSING  output x_aba: recorded, but not computed here" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["loss", "gradient"])
def test_a_loss_or_gradient_that_is_not_computed_here_is_named(tmp_path, capsys, kind):
    folder = changed_folder(tmp_path, "unit", lambda tensors: tensors)
    losses, gradients = folder / "losses.json", folder / "gradients.safetensors"
    if kind == "loss":
        losses.write_text(json.dumps(json.loads(losses.read_text()) | {"gen_new_a": 1.0}))
    else:
        save_file(load_file(gradients) | {"grad.gen_new_a": torch.ones(2)}, gradients)
    name = {"loss": "gen_new_a", "gradient": "grad.gen_new_a"}[kind]
    assert parity.main(str(folder)) == 1
    assert f"MISSING  {kind} {name}: recorded" in capsys.readouterr().out


def test_vgg_losses_are_expected_where_they_have_a_weight(tmp_path, capsys):
    folder = changed_folder(tmp_path, "unit", lambda tensors: tensors)
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("vgg_w: 0", "vgg_w: 1"))
    assert parity.main(str(folder)) == 1
    assert "MISSING  loss gen_vgg_a: recorded" in capsys.readouterr().out


def test_a_folder_with_inputs_alone_compares_nothing(tmp_path, capsys):
    only_inputs = lambda tensors: {k: tensors[k] for k in ("x_a", "x_b")}  # noqa: E731
    assert parity.main(str(changed_folder(tmp_path, "cyclegan", only_inputs))) == 1
    assert "Nothing was compared: " in capsys.readouterr().out


def test_a_folder_without_the_inputs_is_one_sentence(tmp_path, capsys):
    folder = changed_folder(tmp_path, "munit", lambda t: {k: t[k] for k in t if k != "z_b"})
    assert parity.main(str(folder)) == 2
    assert "reference.safetensors must hold the inputs z_b as well" in capsys.readouterr().err


@pytest.mark.parametrize("lacking", [None, "gen_00000003.pt", "losses.json"])
def test_a_wrong_folder_is_one_sentence(tmp_path, capsys, lacking):
    folder = tmp_path / "golden"
    if lacking:
        shutil.copytree(GOLDEN, folder)
        (folder / lacking).unlink()
    assert parity.main(str(folder)) == 2
    said = capsys.readouterr().err
    assert f"{folder} is no golden folder: it must hold config.yaml, gen_*.pt, dis_*.pt" in said
    assert "latest_net_G_A.pth" in said and said.count("\n") == 1


@pytest.mark.parametrize("file, key", [("reference", "x_ab"), ("gradients", None)])
def test_a_wrong_figure_is_found(tmp_path, capsys, file, key):
    folder = tmp_path / "golden"
    shutil.copytree(GOLDEN, folder)
    tensors = load_file(folder / f"{file}.safetensors")
    key = key or "grad.gen_a.dec.model.5.conv.weight"
    tensors[key] = tensors[key] + 0.01 * tensors[key].abs().max() * torch.ones(())
    save_file(tensors, folder / f"{file}.safetensors")
    assert parity.main(str(folder)) == 1
    assert f"OVER TOLERANCE  {'output' if file == 'reference' else 'gradient'} {key}" in (
        capsys.readouterr().out
    )
