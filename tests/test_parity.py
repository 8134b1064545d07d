"""The golden figures of the reference, copied from ../shared/golden."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests import parity

FIXTURES = Path(__file__).parent / "fixtures" / "golden"
GOLDEN = FIXTURES / "munit"


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


def test_a_wrong_output_of_a_folder_without_losses_is_found(tmp_path, capsys):
    shutil.copytree(FIXTURES / "cyclegan", tmp_path / "golden")
    path = tmp_path / "golden" / "reference.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"x_ba": tensors["x_ba"] + 1e-3}, path)
    assert parity.main(str(tmp_path / "golden")) == 1
    assert "OVER TOLERANCE  output x_ba" in capsys.readouterr().out


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
