"""The way back to the NVlabs format, and discriminators beside a model."""

from pathlib import Path

import pytest
import torch

from munit_hub import MunitModel
from munit_hub.conversion import (
    convert_cyclegan_critic,
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    export_nvlabs_munit,
    load_discriminators,
    load_reference_file,
    nvlabs_config,
    read_nvlabs_config,
    save_discriminators,
    write_nvlabs_munit,
)

GOLDEN = Path(__file__).parent / "fixtures" / "golden"
MUNIT = GOLDEN / "munit"


def assert_same(states, others):
    assert states.keys() == others.keys()
    for domain, state in states.items():
        assert state.keys() == others[domain].keys()
        for key, tensor in state.items():
            assert torch.equal(tensor, others[domain][key]) and tensor.dtype == torch.float32, key


def test_there_and_back_is_the_identity(tmp_path):
    file, config = MUNIT / "gen_00000003.pt", read_nvlabs_config(MUNIT / "config.yaml")
    model = convert_nvlabs_munit(file, config)
    written = write_nvlabs_munit(model, tmp_path / "new" / "gen.pt")
    assert_same(load_reference_file(file), load_reference_file(tmp_path / "new" / "gen.pt"))
    implied = read_nvlabs_config(written)
    assert implied["gen"] == config["gen"] and implied.keys() >= config.keys()
    assert implied["input_dim_a"] == 3 and implied["crop_image_height"] == 256
    again = convert_nvlabs_munit(tmp_path / "new" / "gen.pt", implied)
    assert again.config == model.config


@pytest.mark.parametrize(
    "options",
    [
        {"num_downsamples": 3, "num_residual_blocks": 1, "channels": [1, 3], "padding": "zero"},
        {"num_downsamples": 1, "activation": "prelu", "sample_size": 96},
    ],
)
def test_every_architecture_comes_back(tmp_path, options):
    model = MunitModel(**{"base_width": 4, "num_residual_blocks": 2, "mlp_width": 8} | options)
    torch.save(export_nvlabs_munit(model), tmp_path / "gen.pt")
    again = convert_nvlabs_munit(tmp_path / "gen.pt", nvlabs_config(model))
    state = again.state_dict()
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())
    assert again.config.num_downsamples == model.config.num_downsamples


def test_three_domains_have_no_way_back():
    model = MunitModel(
        channels=[3] * 3, domain_names=list("xyz"), base_width=2, num_residual_blocks=1
    )
    with pytest.raises(ValueError, match="has two domains, and this model has x, y, z"):
        export_nvlabs_munit(model)


def test_the_config_is_a_copy_each_time():
    model = MunitModel(base_width=2, num_residual_blocks=1)
    nvlabs_config(model)["dis"]["dim"] = 0
    assert nvlabs_config(model)["dis"]["dim"] == 64


def test_discriminators_come_back_as_they_were(tmp_path):
    a, b = convert_nvlabs_critics(MUNIT / "dis_00000003.pt")
    patch = convert_cyclegan_critic(GOLDEN / "cyclegan" / "latest_net_D_A.pth")
    kept = {"cat": a, "wild.dog": b, "cat.2": patch}
    save_discriminators(tmp_path, kept)
    again = load_discriminators(tmp_path)
    x = torch.rand(1, 3, 64, 64)
    assert list(again) == list(kept)
    for domain, critic in kept.items():
        assert all(map(torch.equal, critic(x), again[domain](x)))


def test_discriminators_that_do_not_fit_are_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"holds no discriminators: discriminator\.safetensors"):
        load_discriminators(tmp_path)
    save_discriminators(tmp_path, {"b": convert_nvlabs_critics(MUNIT / "dis_00000003.pt")[0]})
    listed = (tmp_path / "discriminator.json").read_text()
    for text in (listed.replace('"base_width": 8', '"base_width": 4'), "{", '["x"]'):
        (tmp_path / "discriminator.json").write_text(text)
        with pytest.raises(ValueError, match="do not fit each other"):
            load_discriminators(tmp_path)
