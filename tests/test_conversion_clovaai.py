"""The public TUNIT format, in the shapes that ../shared/golden does not hold."""

import pytest
import torch

from munit_hub.conversion.clovaai import TRAINED, convert_clovaai_critic, convert_clovaai_tunit

BASE, GUIDE, STYLE, MLP, DOMAINS = 4, 2, 6, 8, 3
VGG11 = {0: 1, 4: 2, 8: 4, 11: 4, 15: 8, 18: 8, 22: 8, 25: 8}  # place: width


def conv(name, out, into, kernel, bias=True):
    state = {f"{name}.weight": torch.randn(out, into, kernel, kernel)}
    return state | ({f"{name}.bias": torch.randn(out)} if bias else {})


def linear(name, out, into):
    return {f"{name}.weight": torch.randn(out, into), f"{name}.bias": torch.randn(out)}


def guide_state():
    state, before = {}, 3
    for place, factor in VGG11.items():
        width = GUIDE * factor
        state |= conv(f"features.{place}", width, before, 3)
        for name in ("weight", "bias", "running_mean", "running_var"):
            state[f"features.{place + 1}.{name}"] = torch.rand(width)
        state[f"features.{place + 1}.num_batches_tracked"] = torch.tensor(5)
        before = width
    return state | linear("disc", DOMAINS, before) | linear("cont", STYLE, before)


def generator_state(downs, blocks):
    encoder, wide = "cnt_encoder.model", BASE * 2**downs
    state = conv(f"{encoder}.0.conv", BASE, 3, 7)
    for i in range(downs):
        state |= conv(f"{encoder}.{i + 1}.conv", BASE * 2 ** (i + 1), BASE * 2**i, 4)
    for block in range(blocks):
        for i in (0, 1):
            state |= conv(f"{encoder}.{downs + 1}.model.{block}.model.{i}.conv", wide, wide, 3)
            place = f"decoder.model.0.model.{block}.model.{i}"
            state |= conv(f"{place}.conv", wide, wide, 3)
            state[f"{place}.norm.running_mean"] = torch.zeros(wide)
    for i in range(downs):
        state |= conv(f"decoder.model.{2 * i + 2}.conv", wide // 2 ** (i + 1), wide // 2**i, 5)
    state |= conv(f"decoder.model.{2 * downs + 1}.conv", 3, BASE, 7)
    parameters = 4 * blocks * wide + 2 * sum(wide // 2 ** (i + 1) for i in range(downs))
    for i, sizes in enumerate([(MLP, STYLE), (MLP, MLP), (parameters, MLP)]):
        state |= linear(f"mlp.model.{i}.fc", *sizes)
    return state


def critic_state(halvings, most=10**6):
    widths = [min(BASE * 2**i, most) for i in range(halvings + 1)]
    state = conv("main.0", BASE, 3, 3)
    for i in range(2 * halvings):
        into, out, name = widths[i // 2], widths[(i + 1) // 2], f"main.{i + 1}"
        for norm in ("norm1", "norm2"):
            state |= {f"{name}.{norm}.{k}": torch.rand(1, into, 1, 1) for k in ("tau", "gamma")}
            state[f"{name}.{norm}.beta"] = torch.rand(1, into, 1, 1)
        state |= conv(f"{name}.conv1", into, into, 3) | conv(f"{name}.conv2", out, into, 3)
        if into != out:
            state |= conv(f"{name}.conv1x1", out, into, 1, bias=False)
    end, wide = 2 * halvings + 2, widths[-1]
    return state | conv(f"main.{end}", wide, wide, 4) | conv(f"main.{end + 2}", DOMAINS, wide, 1)


def saved(folder, downs=2, blocks=1, halvings=4, most=10**6, prefix="", **change):
    networks = {
        **{f"C{k}_state_dict": guide_state() for k in ("", "_EMA")},
        **{f"G{k}_state_dict": generator_state(downs, blocks) for k in ("", "_EMA")},
        "D_state_dict": critic_state(halvings, most),
    }
    networks = {n: {prefix + k: t for k, t in state.items()} for n, state in networks.items()}
    torch.save({"epoch": 3} | networks | change, folder / "model_3.ckpt")
    return folder / "model_3.ckpt", networks


@pytest.mark.parametrize(
    ("downs", "blocks", "halvings", "most"), [(1, 2, 3, 10**6), (2, 1, 4, 16), (3, 3, 5, 32)]
)
def test_everything_is_read_off_the_shapes(tmp_path, downs, blocks, halvings, most):
    path, states = saved(tmp_path, downs, blocks, halvings, most)
    model, critic = convert_clovaai_tunit(path), convert_clovaai_critic(path)
    config = {k: v for k, v in model.config.items() if k[0] != "_"}
    assert config == {
        "channels": [3] * DOMAINS,
        "domain_names": ["0", "1", "2"],
        "base_width": BASE,
        "num_residual_blocks": blocks,
        "num_downsamples": downs,
        "guide_width": GUIDE,
        "style_dim": STYLE,
        "mlp_width": MLP,
        "sample_size": 2 ** (halvings + 2),
        "domain_sizes": None,
    }
    weight = model.generator.decoder.up[-1].conv.weight
    assert torch.equal(weight, states["G_EMA_state_dict"][f"decoder.model.{2 * downs}.conv.weight"])
    norm = model.guiding.trunk[-1].norm
    assert torch.equal(norm.running_var, states["C_EMA_state_dict"]["features.26.running_var"])
    with torch.no_grad():
        x = torch.rand(2, 3, config["sample_size"], config["sample_size"])
        assert model.translate(x, reference=x[:1]).shape == x.shape
        assert critic(x, torch.tensor([0, 2])).shape == (2,)


def test_the_networks_in_training_are_there_too(tmp_path):
    path, states = saved(tmp_path, prefix="module.")
    model = convert_clovaai_tunit(path, TRAINED)
    style = model.guiding.style.weight
    assert torch.equal(style, states["C_state_dict"]["module.cont.weight"])


def test_another_checkpoint_is_one_sentence(tmp_path):
    path = tmp_path / "gen.pt"
    torch.save({"a": {}, "b": {}}, path)
    with pytest.raises(ValueError, match="must hold the networks G_EMA_state_dict and C_EMA_st"):
        convert_clovaai_tunit(path)


def test_other_networks_are_one_sentence(tmp_path):
    path, states = saved(tmp_path)
    guide, generator = states["C_EMA_state_dict"], states["G_EMA_state_dict"]
    path, _ = saved(tmp_path, C_EMA_state_dict=generator)
    with pytest.raises(ValueError, match=r"disc\.weight is missing: this is no checkpoint of TU"):
        convert_clovaai_tunit(path)
    path, _ = saved(tmp_path, C_EMA_state_dict=guide | {"classifier.weight": torch.zeros(2)})
    with pytest.raises(ValueError, match=r"classifier\.weight is no parameter of a public TUNIT"):
        convert_clovaai_tunit(path)
    wider = guide | {"features.4.weight": torch.zeros(5, GUIDE, 3, 3)}
    path, _ = saved(tmp_path, C_EMA_state_dict=wider)
    with pytest.raises(ValueError, match=r"features\.4\.weight is \(5, 2, 3, 3\) in the"):
        convert_clovaai_tunit(path)
