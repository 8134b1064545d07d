"""The variants of the public CycleGAN format that ../shared/golden does not hold."""

import logging

import pytest
import torch

from munit_hub.conversion import convert_cyclegan, convert_cyclegan_critic

WIDTH = 4


def conv(name, *shape, bias):
    return {f"{name}.weight": torch.randn(shape), f"{name}.bias": torch.randn(bias)}


def norm(name, width):
    """What an old instance norm with running statistics stores."""
    statistics = {f"{name}.{k}": torch.randn(width) for k in ("running_mean", "running_var")}
    return statistics | {f"{name}.num_batches_tracked": torch.tensor(7)}


def generator_state(blocks=6, dropout=False, statistics=False, channels=3):
    """A generator under the public names."""
    widths, second = (WIDTH, 2 * WIDTH, 4 * WIDTH), 6 if dropout else 5
    state = conv("model.1", WIDTH, channels, 7, 7, bias=WIDTH)
    state |= norm("model.2", WIDTH) if statistics else {}
    for i in (1, 2):
        state |= conv(f"model.{3 * i + 1}", widths[i], widths[i - 1], 3, 3, bias=widths[i])
        state |= norm(f"model.{3 * i + 2}", widths[i]) if statistics else {}
    for block in range(10, 10 + blocks):
        for i in (1, second):
            name, wide = f"model.{block}.conv_block", widths[2]
            state |= conv(f"{name}.{i}", wide, wide, 3, 3, bias=wide)
            state |= norm(f"{name}.{i + 1}", wide) if statistics else {}
    for i in (0, 1):
        name, wide = 10 + blocks + 3 * i, widths[2 - i]
        state |= conv(f"model.{name}", wide, wide // 2, 3, 3, bias=wide // 2)
        state |= norm(f"model.{name + 1}", wide // 2) if statistics else {}
    return state | conv(f"model.{17 + blocks}", channels, WIDTH, 7, 7, bias=channels)


def saved(path, state, prefix=""):
    torch.save({prefix + key: tensor for key, tensor in state.items()}, path)
    return path


@pytest.mark.parametrize("blocks", [6, 9])
@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("statistics", [False, True])
def test_every_variant_converts(tmp_path, caplog, blocks, dropout, statistics):
    state = generator_state(blocks, dropout, statistics)
    file = saved(tmp_path / "latest_net_G_A.pth", state, "module." if dropout else "")
    with caplog.at_level(logging.WARNING):
        model = convert_cyclegan(file, file, ("horse", "zebra"))
    assert ("running statistics of instance norm are left out" in caplog.text) == statistics
    assert model.config.num_residual_blocks == blocks and model.config.base_width == WIDTH
    assert model.config.dropout == (0.5 if dropout else 0.0) and not model.training
    last = model.generators["1"].residual[blocks - 1].second.conv.weight
    assert torch.equal(last, state[f"model.{9 + blocks}.conv_block.{6 if dropout else 5}.weight"])
    x = torch.rand(1, 3, 16, 24)
    assert torch.equal(model(x, "horse", "zebra"), model(x, "zebra", "horse"))


def test_one_direction_alone_is_a_model_of_that_direction(tmp_path):
    model = convert_cyclegan(saved(tmp_path / "ab.pth", generator_state()), None, ("map", "aerial"))
    x = torch.rand(1, 3, 16, 16)
    assert model(x, "map", "aerial").shape == x.shape
    with pytest.raises(ValueError, match="into aerial only, not map"):
        model(x, "aerial", "map")
    model.save_pretrained(tmp_path / "model")
    again = type(model).from_pretrained(tmp_path / "model")
    assert torch.equal(again(x, "map", "aerial"), model(x, "map", "aerial"))


def test_two_architectures_are_told_apart(tmp_path):
    files = [saved(tmp_path / f"{n}.pth", generator_state(n)) for n in (6, 9)]
    with pytest.raises(ValueError, match="'num_residual_blocks': 6.*'num_residual_blocks': 9"):
        convert_cyclegan(*files)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attention.weight": torch.ones(1, 1)}, "attention.weight is no parameter of a public"),
        ({"model.2.weight": torch.ones(WIDTH)}, "has batch norm; only instance norm"),
        ({"model.4.weight": torch.ones(8, 4, 5, 5)}, r"\(8, 4, 5, 5\).*but \(8, 4, 3, 3\) is"),
        ({"model.1.weight": None}, "model.1.weight is missing: the file holds no public CycleGAN"),
        ({"model.4.weight": None}, r"has nothing for down.1.conv.weight \(1 missing\)"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, message):
    state = {k: t for k, t in (generator_state() | change).items() if t is not None}
    with pytest.raises(ValueError, match=message):
        convert_cyclegan(saved(tmp_path / "ab.pth", state))


def test_a_file_that_is_no_state_is_one_sentence(tmp_path):
    torch.save([1, 2], tmp_path / "ab.pth")
    with pytest.raises(ValueError, match="does not hold the tensors of one network"):
        convert_cyclegan(tmp_path / "ab.pth")


def test_a_discriminator_without_layers_is_one_sentence(tmp_path):
    path = saved(tmp_path / "d.pth", {"attention.weight": torch.ones(1, 1)})
    with pytest.raises(ValueError, match=r"^Nothing is named like .* no checkpoint of CycleGAN\.$"):
        convert_cyclegan_critic(path)


@pytest.mark.parametrize("layers", [3, 4])
def test_discriminators_of_any_depth_convert(tmp_path, layers):
    widths = [3, *(WIDTH * 2 ** min(i, 3) for i in range(layers + 1)), 1]
    state = {}
    for i, name in enumerate([0, *range(2, 3 * layers + 3, 3)]):
        state |= conv(f"model.{name}", widths[i + 1], widths[i], 4, 4, bias=widths[i + 1])
    (logits,) = convert_cyclegan_critic(saved(tmp_path / "d.pth", state))(torch.rand(1, 3, 64, 64))
    assert logits.shape == (1, 1, *([64 // 2**layers - 2] * 2))
