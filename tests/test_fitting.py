"""A config or tensors that are not what the class needs: refused before anything is read."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from munit_hub import MunitModel, UnitModel, __version__
from munit_hub.loading import load_model
from tests.tiny_models import same_weights, tiny_model

WEIGHTS = "diffusion_pytorch_model.safetensors"
READERS = pytest.mark.parametrize("read", [load_model, MunitModel.from_pretrained])


@pytest.fixture
def folder(tmp_path):
    tiny_model().save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def change_config(folder, **entries):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | entries))


def change_weights(folder, change):
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS)


def refusal(read, folder):
    with pytest.raises(ValueError) as refused:
        read(folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@READERS
def test_a_config_of_a_newer_release_is_named(folder, read):
    change_config(folder, attention=True, heads=4)
    assert refusal(read, folder) == (
        f"{folder / 'config.json'} has attention, heads, which a MunitModel of munit_hub "
        f"{__version__} does not know: install the newer release that made it "
        "(pip install --upgrade munit_hub)."
    )


@READERS
def test_a_config_of_an_older_release_loads(folder, read):
    config = json.loads((folder / "config.json").read_text())
    for later in ("sample_size", "padding", "activation"):
        del config[later]
    (folder / "config.json").write_text(json.dumps(config))
    assert same_weights(read(folder), tiny_model())


def test_another_class_is_named(folder):
    sentence = refusal(UnitModel.from_pretrained, folder)
    assert sentence == f"{folder / 'config.json'} is of a MunitModel, not of a UnitModel."


@READERS
def test_missing_extra_and_misshapen_tensors_are_named(folder, read):
    def change(tensors):
        for index in range(2):
            del tensors[f"style_mlps.{index}.layers.0.bias"]
        tensors |= {f"extra.{n}": torch.zeros(1) for n in range(5)}
        tensors["style_mlps.0.layers.0.weight"] = torch.zeros(3, 2)

    change_weights(folder, change)
    assert refusal(read, folder) == (
        f"{folder} has weights that do not fit its config.json: missing "
        "style_mlps.0.layers.0.bias, style_mlps.1.layers.0.bias; unknown extra.0, extra.1, "
        "extra.2 and 2 more; of another shape style_mlps.0.layers.0.weight, the first (3, 2) for "
        "(8, 8)."
    )


@READERS
@pytest.mark.parametrize("entries", [{"base_width": "x"}, {"activation": "swish"}])
def test_a_field_that_cannot_be_is_told(folder, read, entries):
    change_config(folder, **entries)
    assert refusal(read, folder).startswith(f"{folder} cannot be loaded by its config.json: ")


def test_nothing_is_loaded_in_the_checking(folder):
    """The tensors on the meta device are the checker's alone."""
    assert {parameter.device.type for parameter in load_model(folder).parameters()} == {"cpu"}
