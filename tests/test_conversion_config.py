"""The NVlabs config: read, left out, and held against the tensors."""

from pathlib import Path

import pytest
import torch

from munit_hub.conversion import (
    convert_cyclegan,
    convert_cyclegan_critic,
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    convert_nvlabs_unit,
    read_nvlabs_config,
)
from tests.nvlabs_states import GEN, config_of, discriminator_state, generator_state

GOLDEN = Path(__file__).parent / "fixtures" / "golden"
MUNIT, UNIT, CYCLEGAN = (GOLDEN / name for name in ("munit", "unit", "cyclegan"))


def munit_file(folder, gen=None, channels=(3, 3)):
    gen = GEN | (gen or {})
    states = {d: generator_state(gen, c) for d, c in zip("ab", channels, strict=True)}
    torch.save(states, folder / "gen.pt")
    return folder / "gen.pt"


def critics_file(folder, **dis):
    config = config_of(dis=dis)["dis"]
    torch.save({d: discriminator_state(config, 3) for d in "ab"}, folder / "dis.pt")
    return folder / "dis.pt"


def architecture(model):
    unseen = {"_name_or_path", "sample_size"}
    return {key: value for key, value in model.config.items() if key not in unseen}


@pytest.mark.parametrize(
    ("folder", "convert"), [(MUNIT, convert_nvlabs_munit), (UNIT, convert_nvlabs_unit)]
)
def test_without_a_config_the_tensors_tell(folder, convert, caplog):
    file = folder / "gen_00000003.pt"
    told = convert(file, read_nvlabs_config(folder / "config.yaml"))
    assert not caplog.text and told.config.sample_size == 256
    alone = convert(file)
    assert architecture(alone) == architecture(told) and alone.config.sample_size is None
    assert "do not show gen.activ=relu and gen.pad_type=reflect: taken as in" in caplog.text


@pytest.mark.parametrize(
    ("gen", "channels"),
    [({"n_res": 3, "n_downsample": 1}, (1, 3)), ({"style_dim": 5, "mlp_dim": 7, "dim": 2}, (3, 4))],
)
def test_every_size_is_read_off_the_tensors(tmp_path, gen, channels):
    config = convert_nvlabs_munit(munit_file(tmp_path, gen, channels)).config
    read = {
        "dim": config.base_width,
        "n_res": config.num_residual_blocks,
        "n_downsample": config.num_downsamples,
        "style_dim": config.style_dim,
        "mlp_dim": config.mlp_width,
        "activ": config.activation,
        "pad_type": config.padding,
    }
    assert read == GEN | gen and tuple(config.channels) == channels


def test_what_the_config_leaves_out_is_told_by_the_rest(tmp_path, caplog):
    model = convert_nvlabs_munit(munit_file(tmp_path), {"gen": {"pad_type": "zero"}})
    assert (model.config.padding, model.config.activation) == ("zero", "relu")
    assert "do not show gen.activ=relu: taken as" in caplog.text


def test_prelu_is_seen(tmp_path):
    model = convert_nvlabs_munit(munit_file(tmp_path, {"activ": "prelu"}))
    assert model.config.activation == "prelu"
    (critic, _) = convert_nvlabs_critics(critics_file(tmp_path, activ="prelu"))
    assert critic.config["activation"] == "prelu"


@pytest.mark.parametrize("norm", ["ln", "bn", "sn"])
def test_discriminators_are_read_off_the_tensors(tmp_path, norm):
    file = critics_file(tmp_path, norm=norm, num_scales=2, n_layer=3)
    (critic, _) = convert_nvlabs_critics(file)
    names = {"ln": "layer", "bn": "batch", "sn": "spectral"}
    wanted = {"norm": names[norm], "num_scales": 2, "num_layers": 3, "base_width": 4, "channels": 3}
    assert wanted.items() <= critic.config.items()


@pytest.mark.parametrize(
    ("gen", "message"),
    [
        (
            {"dim": 8},
            r"gen.dim is 8 in the config, but 4 in the checkpoint, where a: "
            r"enc_content.model.0.conv.weight is \(4, 3, 7, 7\), not \(8, 3, 7, 7\)\.",
        ),
        ({"n_res": 2}, "gen.n_res is 2 in the config, but 1 in the checkpoint, where a: enc_cont"),
        ({"n_downsample": 3}, r"n_downsample is 3 in .*, but 2 in .* is \(16, 8, 4, 4\)"),
        ({"style_dim": 8}, r"style_dim is 8 in .*, but 3 in .* is \(6, 3\), not \(6, 8\)"),
        ({"mlp_dim": "6"}, "gen.mlp_dim is '6' in the config, but 6 in the checkpoint"),
        ({"activ": "prelu"}, "gen.activ is 'prelu' in the config, but the checkpoint has no PReLU"),
        ({"activ": "gelu"}, "gen.activ='gelu' is unknown; allowed are relu, lrelu"),
        ({"pad_type": [1]}, r"gen.pad_type=\[1\] is unknown; allowed are reflect, replicate, zero"),
    ],
)
def test_a_config_that_disagrees_is_told_where(tmp_path, gen, message):
    with pytest.raises(ValueError, match=message):
        convert_nvlabs_munit(munit_file(tmp_path), config_of(gen))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"gen": 3}, "gen in the config must be a section of keys, not 3"),
        ({"input_dim_b": 1}, r"input_dim_b is 1 .*, but 3 in .* b: .*, not \(4, 1, 7, 7\)"),
        ({"crop_image_height": "big"}, "crop_image_height in the config must be a number"),
    ],
)
def test_a_config_of_other_kinds_is_told_where(tmp_path, config, message):
    with pytest.raises(ValueError, match=message):
        convert_nvlabs_munit(munit_file(tmp_path), config)


@pytest.mark.parametrize(
    ("dis", "message"),
    [
        ({"norm": "gn"}, "dis.norm='gn' is unknown; allowed are none, in, ln, bn, sn"),
        ({"norm": "sn"}, "dis.norm is 'sn' in the config, but the checkpoint has no such norm"),
        ({"num_scales": 2}, "dis.num_scales is 2 in the config, but 1 in the checkpoint"),
        ({"n_layer": 4}, "dis.n_layer is 4 in the config, but 2 in the checkpoint"),
    ],
)
def test_a_config_of_other_discriminators_is_told_where(tmp_path, dis, message):
    with pytest.raises(ValueError, match=message):
        convert_nvlabs_critics(critics_file(tmp_path), config_of(dis=dis))
    if dis == {"norm": "sn"}:
        with pytest.raises(ValueError, match="'none' in the config, but 'sn' in the checkpoint"):
            convert_nvlabs_critics(critics_file(tmp_path, **dis), config_of())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gen: [", r"is not valid YAML \(line"),
        ("\x00", "is not valid YAML"),
        ("lr: 1", "has no section `gen`, so it is no config of the NVlabs code"),
        ("hello", "has no section `gen`"),
        (None, "does not exist"),
    ],
)
def test_a_file_that_is_no_config_is_one_sentence(tmp_path, text, message):
    if text is not None:
        (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_nvlabs_config(tmp_path / "config.yaml")
    assert "\n" not in str(caught.value)


def test_networks_of_another_kind_are_named():
    generators, critics = (MUNIT / f"{name}_00000003.pt" for name in ("gen", "dis"))
    with pytest.raises(ValueError, match=r"holds discriminators \(dis.*, not generators of MUNIT"):
        convert_nvlabs_munit(critics)
    with pytest.raises(ValueError, match="holds generators of MUNIT .*, not generators of UNIT"):
        convert_nvlabs_unit(generators)
    with pytest.raises(ValueError, match="holds generators of MUNIT .*, not discriminators"):
        convert_nvlabs_critics(generators)
    with pytest.raises(ValueError, match=r"a discriminator \(.*, not a generator \(\*_net_G"):
        convert_cyclegan(CYCLEGAN / "latest_net_D_A.pth")
    with pytest.raises(ValueError, match=r"a generator \(.*, not a discriminator \(\*_net_D"):
        convert_cyclegan_critic(CYCLEGAN / "latest_net_G_A.pth")
    with pytest.raises(ValueError, match="must hold the networks a and b, not model.1.bias"):
        convert_nvlabs_munit(CYCLEGAN / "latest_net_G_A.pth")
    with pytest.raises(ValueError, match="by their names: a is of type OrderedDict"):
        convert_cyclegan(generators)


def test_a_damaged_network_is_one_sentence(tmp_path):
    states = {d: generator_state(GEN, 3) for d in "ab"}
    del states["a"]["mlp.model.0.fc.weight"]
    torch.save(states, tmp_path / "gen.pt")
    with pytest.raises(ValueError, match="a: mlp.model.0.fc.weight is missing: the file holds no"):
        convert_nvlabs_munit(tmp_path / "gen.pt")
