import pytest
import torch
from safetensors.torch import save_file

from training.weights import read_weights

FILE = "model.safetensors"


def test_a_file_and_its_folder_are_the_same(tmp_path):
    save_file({"x": torch.arange(3.0)}, tmp_path / FILE)
    for place in (tmp_path, tmp_path / FILE, str(tmp_path)):
        assert read_weights(place, FILE)["x"].tolist() == [0, 1, 2]


def test_pickles_and_damaged_files_are_refused(tmp_path):
    torch.save({"x": torch.zeros(1)}, tmp_path / "vgg16.pth")
    with pytest.raises(ValueError, match=r"vgg16.pth is no .safetensors file; pickled weights"):
        read_weights(tmp_path / "vgg16.pth", FILE)
    (tmp_path / FILE).write_bytes(b"half a file")
    with pytest.raises(ValueError, match="is damaged or no safetensors file"):
        read_weights(tmp_path, FILE)


@pytest.mark.parametrize("place", ["nowhere.safetensors", "/no/such/folder", "a/b/c", "one"])
def test_what_is_neither_file_nor_id_is_named(place):
    with pytest.raises(ValueError, match=f"{place} is no {FILE}; give that file, its folder"):
        read_weights(place, FILE)


def test_a_repository_out_of_reach_tells_the_command_that_gets_it(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match="run `hf download org/vgg16 model.safetensors --local"):
        read_weights("org/vgg16", FILE)
