"""Checkpoints in the public format for architectures that ../shared/golden does not hold."""

import os
import pickle

import pytest
import torch

from munit_hub.conversion import convert_nvlabs_critics, convert_nvlabs_munit, load_reference_file
from tests.nvlabs_states import GEN, config_of, discriminator_state, generator_state


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


def test_a_generator_without_a_decoder_is_one_sentence(tmp_path):
    state = {d: generator_state(GEN, 3) for d in "ab"}
    state["b"] = {key: t for key, t in state["b"].items() if not key.startswith("dec.")}
    torch.save(state, tmp_path / "gen.pt")
    with pytest.raises(ValueError, match=r"^Nothing is named like dec.* of MUNIT or UNIT\.$"):
        convert_nvlabs_munit(tmp_path / "gen.pt", config_of())


class Payload:
    def __reduce__(self):
        return os.getenv, ("HOME",)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_file_that_could_run_code_is_refused_and_what_it_holds_is_named(tmp_path, protocol):
    torch.save({"a": Payload()}, tmp_path / "gen.pt")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(Payload(), protocol))
    for name in ("gen.pt", "bare.pt"):
        with pytest.raises(
            ValueError, match=rf"{name} holds os\.getenv, which is not a tensor; it"
        ):
            load_reference_file(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04 cut", pickle.dumps([1], 4)])
def test_a_file_that_is_no_checkpoint_is_one_sentence(tmp_path, content):
    (tmp_path / "gen.pt").write_bytes(content)
    with pytest.raises(ValueError, match=r"gen\.pt is damaged or no checkpoint of PyTorch; it is"):
        load_reference_file(tmp_path / "gen.pt")
    for place in (tmp_path, tmp_path / "none.pt"):
        with pytest.raises(ValueError, match="does not exist or is no file"):
            load_reference_file(place)


@pytest.mark.parametrize(("held", "found"), [([1], "it is of type list"), ({"step": 3}, "step is")])
def test_what_is_no_state_is_named(tmp_path, held, found):
    torch.save({"a": held, "b": held}, tmp_path / "gen.pt")
    with pytest.raises(ValueError, match=rf"gen\.pt, a does not hold the tensors of .*: {found}"):
        convert_nvlabs_munit(tmp_path / "gen.pt", config_of())
