"""Folders that earlier releases wrote load for ever, and compute what they did."""

import pytest
import torch
from safetensors.torch import load_file

from munit_hub.loading import MODELS, load_model
from tests.format_fixture import FIXTURES, RECORDED, outputs

FOLDERS = sorted(path for path in FIXTURES.glob("format-*/*") if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_folder_of_an_earlier_release(folder):
    recorded = load_file(folder / RECORDED)
    for model in (load_model(folder), MODELS[folder.name].from_pretrained(folder)):
        made = outputs(model, recorded["images"], recorded["style"])
        assert made.keys() == recorded.keys() - {"images", "style"}
        for name, tensor in made.items():
            assert torch.allclose(tensor, recorded[name], atol=1e-5), name


def test_every_class_has_its_folder():
    assert {path.name for path in FOLDERS} == set(MODELS)
