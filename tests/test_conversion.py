"""Checkpoints in the public format for architectures that ../shared/golden does not hold."""

import pickle

import pytest
import torch

from munit_hub.conversion import convert_nvlabs_critics, convert_nvlabs_munit, load_reference_file

GEN = {
    "dim": 4,
    "mlp_dim": 6,
    "style_dim": 3,
    "activ": "relu",
    "n_downsample": 2,
    "n_res": 1,
    "pad_type": "reflect",
}
DIS = {
    "dim": 4,
    "norm": "none",
    "activ": "lrelu",
    "n_layer": 2,
    "gan_type": "lsgan",
    "num_scales": 1,
    "pad_type": "reflect",
}


def config_of(gen=None, dis=None, channels=(3, 3)):
    gen, dis = GEN | (gen or {}), DIS | (dis or {})
    return {"gen": gen, "dis": dis, "input_dim_a": channels[0], "input_dim_b": channels[1]}


def conv(name, inputs, outputs, kernel, activation=None):
    state = {f"{name}.conv.weight": torch.randn(outputs, inputs, kernel, kernel)}
    state[f"{name}.conv.bias"] = torch.randn(outputs)
    if activation == "prelu":
        state[f"{name}.activation.weight"] = torch.rand(1)
    return state


def linear(name, inputs, outputs):
    return {
        f"{name}.fc.weight": torch.randn(outputs, inputs),
        f"{name}.fc.bias": torch.randn(outputs),
    }


def residual(prefix, count, width, activation, adain):
    state = {}
    for r in range(count):
        block = f"{prefix}.model.{r}.model"
        state |= conv(f"{block}.0", width, width, 3, activation)
        state |= conv(f"{block}.1", width, width, 3)
        if adain:
            for i in (0, 1):
                state[f"{block}.{i}.norm.running_mean"] = torch.zeros(width)
                state[f"{block}.{i}.norm.running_var"] = torch.ones(width)
    return state


def generator_state(gen, channels):
    """One domain's generator under the public names."""
    dim, down, activ = gen["dim"], gen["n_downsample"], gen["activ"]
    width = dim * 2**down
    state = conv("enc_content.model.0", channels, dim, 7, activ)
    state |= conv("enc_style.model.0", channels, dim, 7, activ)
    for i in range(down):
        state |= conv(f"enc_content.model.{i + 1}", dim * 2**i, dim * 2 ** (i + 1), 4, activ)
    state |= residual(f"enc_content.model.{down + 1}", gen["n_res"], width, activ, False)
    for i in range(4):
        sizes = (dim * 2 ** min(i, 2), dim * 2 ** min(i + 1, 2))
        state |= conv(f"enc_style.model.{i + 1}", *sizes, 4, activ)
    state["enc_style.model.6.weight"] = torch.randn(gen["style_dim"], 4 * dim, 1, 1)
    state["enc_style.model.6.bias"] = torch.randn(gen["style_dim"])
    state |= residual("dec.model.0", gen["n_res"], width, activ, True)
    for i in range(down):
        name, out = f"dec.model.{2 * i + 2}", width // 2 ** (i + 1)
        state |= conv(name, 2 * out, out, 5, activ)
        state |= {f"{name}.norm.{k}": torch.rand(out) for k in ("gamma", "beta")}
    state |= conv(f"dec.model.{2 * down + 1}", dim, channels, 7)
    sizes = (gen["style_dim"], gen["mlp_dim"], gen["mlp_dim"], gen["n_res"] * 4 * width)
    for i in range(3):
        state |= linear(f"mlp.model.{i}", sizes[i], sizes[i + 1])
        if activ == "prelu" and i < 2:
            state[f"mlp.model.{i}.activation.weight"] = torch.rand(1)
    return state


def discriminator_state(dis, channels):
    """One domain's discriminator under the public names."""
    state = {}
    for scale in range(dis["num_scales"]):
        for layer in range(dis["n_layer"]):
            width = dis["dim"] * 2**layer
            inputs = width // 2 if layer else channels
            name = f"cnns.{scale}.{layer}"
            norm = dis["norm"] if layer else "none"
            block = conv(name, inputs, width, 4, dis["activ"])
            if norm == "sn":
                weight = block.pop(f"{name}.conv.weight")
                block[f"{name}.conv.module.bias"] = block.pop(f"{name}.conv.bias")
                block[f"{name}.conv.module.weight_bar"] = weight
                block[f"{name}.conv.module.weight_u"] = torch.randn(width)
                block[f"{name}.conv.module.weight_v"] = torch.randn(weight[0].numel())
            if norm == "bn":
                block |= {
                    f"{name}.norm.{k}": torch.rand(width)
                    for k in ("weight", "bias", "running_mean", "running_var")
                }
                block[f"{name}.norm.num_batches_tracked"] = torch.tensor(3)
            if norm == "ln":
                block |= {f"{name}.norm.{k}": torch.rand(width) for k in ("gamma", "beta")}
            state |= block
        state[f"cnns.{scale}.{dis['n_layer']}.weight"] = torch.randn(1, width, 1, 1)
        state[f"cnns.{scale}.{dis['n_layer']}.bias"] = torch.randn(1)
    return state


@pytest.mark.parametrize(
    "gen, channels",
    [
        ({}, (3, 3)),
        ({"n_res": 3, "n_downsample": 1}, (1, 3)),
        ({"n_downsample": 3, "pad_type": "zero"}, (3, 4)),
        ({"activ": "prelu", "style_dim": 8}, (3, 3)),
        ({"activ": "selu", "pad_type": "replicate"}, (3, 3)),
    ],
)
def test_every_architecture_converts(tmp_path, gen, channels):
    config = config_of(gen, channels=channels)
    state = {d: generator_state(config["gen"], c) for d, c in zip("ab", channels, strict=True)}
    torch.save(state, tmp_path / "gen.pt")
    model = convert_nvlabs_munit(tmp_path / "gen.pt", config, ("edges", "fruit"))
    assert model(torch.randn(1, channels[0], 16, 24), "edges", "fruit").shape == (
        (1, channels[1], 16, 24)
    )
    tensors = {t.data_ptr() for t in model.state_dict().values()}
    placeholders = 2 * 4 * config["gen"]["n_res"]
    assert len(tensors) == sum(len(s) for s in state.values()) - placeholders
    first = state["b"]["dec.model.0.model.0.model.1.conv.weight"]
    assert torch.equal(model.decoders[1].residual[0].second.conv.weight, first)


@pytest.mark.parametrize("norm", ["none", "in", "ln", "bn", "sn"])
@pytest.mark.parametrize("shape", [{"num_scales": 1}, {"num_scales": 3, "activ": "prelu"}])
def test_every_discriminator_converts(tmp_path, norm, shape):
    config = config_of(dis=shape | {"norm": norm})
    torch.save({d: discriminator_state(config["dis"], 3) for d in "ab"}, tmp_path / "dis.pt")
    critics = convert_nvlabs_critics(tmp_path / "dis.pt", config)
    logits = critics[0](torch.randn(2, 3, 32, 32))
    assert len(logits) == shape["num_scales"] and all(x.isfinite().all() for x in logits)


def test_old_quirks_are_dropped_with_a_note(tmp_path, caplog):
    state = {d: generator_state(GEN, 3) for d in "ab"}
    torch.save(state, tmp_path / "gen.pt")
    plain = convert_nvlabs_munit(tmp_path / "gen.pt", config_of())
    assert not caplog.text
    statistics = {"enc_content.model.0.norm.running_mean": torch.ones(4)}
    old = {d: {f"module.{k}": t for k, t in (state[d] | statistics).items()} for d in "ab"}
    torch.save(old, tmp_path / "old.pt")
    converted = convert_nvlabs_munit(tmp_path / "old.pt", config_of())
    assert "a: 1 running statistics of instance norm are left out" in caplog.text
    same = zip(plain.parameters(), converted.parameters(), strict=True)
    assert all(torch.equal(p, q) for p, q in same)


@pytest.mark.parametrize(
    ("gen", "message"),
    [
        ({"n_res": 2}, r"a: mlp.model.2.fc.weight is \(64, 6\) in .*, but \(128, 6\) is needed"),
        ({"dim": 8}, r"a: .* is \(4, 3, 7, 7\) in the checkpoint, but \(8, 3, 7, 7\) is needed"),
    ],
)
def test_a_config_that_disagrees_is_told_where(tmp_path, gen, message):
    torch.save({d: generator_state(GEN, 3) for d in "ab"}, tmp_path / "gen.pt")
    with pytest.raises(ValueError, match=message):
        convert_nvlabs_munit(tmp_path / "gen.pt", config_of(gen))


def test_a_file_without_both_domains_is_named(tmp_path):
    torch.save({"a": generator_state(GEN, 3), "optimizer": {}}, tmp_path / "gen.pt")
    with pytest.raises(ValueError, match="must hold the networks a and b, not a, optimizer"):
        convert_nvlabs_munit(tmp_path / "gen.pt", config_of())


def test_a_foreign_parameter_is_named(tmp_path):
    state = {d: generator_state(GEN, 3) for d in "ab"}
    state["a"]["attention.weight"] = torch.ones(1)
    torch.save(state, tmp_path / "gen.pt")
    with pytest.raises(ValueError, match=r"attention\.weight is no parameter of a public MUNIT"):
        convert_nvlabs_munit(tmp_path / "gen.pt", config_of())


class Payload:
    pass


def test_a_file_that_could_run_code_is_refused(tmp_path):
    (tmp_path / "gen.pt").write_bytes(pickle.dumps(Payload()))
    with pytest.raises(ValueError, match="is not a checkpoint of tensors alone"):
        load_reference_file(tmp_path / "gen.pt")
    with pytest.raises(ValueError, match="does not exist"):
        load_reference_file(tmp_path / "none.pt")
