import json
import shutil

import pytest
import torch
from diffusers import ModelMixin

from munit_hub import BicycleGanModel, CycleGanModel, MunitModel, TunitModel, UnitModel
from munit_hub.loading import load_model

SNAPSHOT = "0" * 40
TINY = {"base_width": 4, "num_residual_blocks": 1}
SYSTEMS = {
    "munit": lambda: MunitModel(**TINY, mlp_width=8),
    "unit": lambda: UnitModel(**TINY),
    "cyclegan": lambda: CycleGanModel(**TINY),
    "bicyclegan": lambda: BicycleGanModel(**TINY),
    "tunit": lambda: TunitModel(**TINY, guide_width=2, style_dim=4, domain_sizes=[1] * 10),
}


def tiny_model():
    torch.manual_seed(0)
    return MunitModel(**TINY, mlp_width=8)


@pytest.fixture
def folder(tmp_path):
    tiny_model().save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def change_config(folder, **entries):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | entries))


def same_weights(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(key == k and torch.equal(value, v) for (key, value), (k, v) in pairs)


@pytest.mark.filterwarnings("error")
def test_a_saved_model_comes_back(folder, caplog):
    for place in (folder, str(folder)):
        model = load_model(place)
        assert type(model) is MunitModel and not model.training
        assert same_weights(model, tiny_model())
    assert not caplog.records


def test_half_precision_is_loaded_as_float32(tmp_path):
    tiny_model().half().save_pretrained(tmp_path)
    assert same_weights(load_model(tmp_path), tiny_model().half().float())
    assert load_model(tmp_path, torch_dtype=torch.float16).dtype == torch.float16


def test_variants_and_subfolders(tmp_path, folder):
    tiny_model().save_pretrained(tmp_path / "repo" / "inner", variant="fp16")
    model = load_model(tmp_path / "repo", subfolder="inner", variant="fp16")
    assert same_weights(model, tiny_model())
    with pytest.raises(ValueError, match=r"other does not exist"):
        load_model(folder, subfolder="other")
    with pytest.raises(ValueError, match=r"diffusion_pytorch_model\.fp16\.safetensors"):
        load_model(folder, variant="fp16")


def test_a_repository_comes_from_the_cache(tmp_path, folder):
    repo = tmp_path / "cache" / "models--org--name"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(SNAPSHOT)
    shutil.copytree(folder, repo / "snapshots" / SNAPSHOT)
    options = {"cache_dir": tmp_path / "cache", "local_files_only": True}
    assert same_weights(load_model("org/name", **options), tiny_model())
    for missing in ({"revision": "v2"}, {"subfolder": "inner"}, {"variant": "fp16"}):
        with pytest.raises(ValueError, match="org/name is neither a folder here nor in the cache"):
            load_model("org/name", **options, **missing)


@pytest.mark.parametrize("place", ["./none", "/none", "a/b/c", "org/na me"])
def test_a_folder_that_is_not_there(place):
    with pytest.raises(ValueError, match=f"{place} does not exist here"):
        load_model(place)


@pytest.mark.parametrize("missing", ["config.json", "diffusion_pytorch_model.safetensors"])
def test_a_folder_without_a_model(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ValueError, match=r"model must hold both config\.json and .*safetensors"):
        load_model(folder)


def test_a_pickle_is_refused_and_not_opened(folder):
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"anything")
    for place in (folder, folder / "pytorch_model.bin"):
        with pytest.raises(ValueError, match=r"pytorch_model\.bin is a pickle, .*safetensors"):
            load_model(place)


@pytest.mark.parametrize("make", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("options", [{}, {"use_safetensors": True}, {"use_safetensors": None}])
def test_a_class_refuses_pickles_as_the_loader_does(tmp_path, make, options):
    model = make()
    ModelMixin.save_pretrained(model, tmp_path / "model", safe_serialization=False)
    with pytest.raises(ValueError) as refused:
        type(model).from_pretrained(tmp_path / "model", **options)
    pickle = tmp_path / "model" / "diffusion_pytorch_model.bin"
    assert str(refused.value) == (
        f"{pickle} is a pickle, which can run any code; only .safetensors files are loaded."
    )


def test_a_class_cannot_be_told_to_open_a_pickle(folder):
    with pytest.raises(ValueError, match=r"use_safetensors must be True: .* only \.safetensors"):
        MunitModel.from_pretrained(folder, use_safetensors=False)
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(
        ValueError, match=r"model must hold both .*model\.safetensors; nothing else"
    ):
        MunitModel.from_pretrained(folder)


@pytest.mark.parametrize("load", [load_model, MunitModel.from_pretrained])
@pytest.mark.parametrize("shards", ["bin", "safetensors"])
def test_an_index_which_could_name_pickles_is_refused(folder, load, shards):
    weights = dict.fromkeys(tiny_model().state_dict(), f"diffusion_pytorch_model.{shards}")
    index = {"metadata": {"total_size": 1}, "weight_map": weights}
    path = folder / "diffusion_pytorch_model.safetensors.index.json"
    path.write_text(json.dumps(index))
    torch.save(tiny_model().state_dict(), folder / "diffusion_pytorch_model.bin")
    with pytest.raises(ValueError, match=r"index\.json splits the weights; only a single"):
        load(folder)


def test_a_class_takes_the_options_of_the_hub(tmp_path, folder):
    tiny_model().save_pretrained(tmp_path / "repo" / "inner", variant="fp16")
    options = {"subfolder": "inner", "variant": "fp16", "local_files_only": True}
    model = MunitModel.from_pretrained(tmp_path / "repo", **options)
    assert same_weights(model, tiny_model())
    with pytest.raises(ValueError, match="org/name is neither a folder here nor in the cache"):
        MunitModel.from_pretrained("org/name", cache_dir=tmp_path, local_files_only=True)


def test_a_file_is_not_a_folder(folder):
    with pytest.raises(ValueError, match=r"config\.json is a file; the folder"):
        load_model(folder / "config.json")


def test_an_unknown_class_is_named(folder):
    change_config(folder, _class_name="UNet2DModel")
    with pytest.raises(ValueError, match="'UNet2DModel'; known are .*MunitModel"):
        load_model(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}", "\x00"])
def test_a_config_that_is_none(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json is not the config of a model"):
        load_model(folder)


def test_damaged_weights_are_refused_by_name(folder):
    weights = folder / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ValueError, match="model cannot be loaded: "):
        load_model(folder)


@pytest.mark.parametrize(
    "changed",
    [{"num_residual_blocks": 2}, {"num_residual_blocks": 0}, {"base_width": 8}, {"channels": [1]}],
)
def test_weights_that_do_not_fit_the_config(folder, changed):
    change_config(folder, **changed)
    with pytest.raises(ValueError, match="model (has weights that do not fit|cannot be loaded)"):
        load_model(folder)
