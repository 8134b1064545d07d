"""What is fast computes what the textbook does."""

import copy
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from benchmarks import works
from benchmarks.plain import textbook, without_carry
from benchmarks.surroundings import loader_rate
from benchmarks.works import Case, seconds, training_step, translation
from munit_hub import MunitModel
from munit_hub.pipeline import styles_at_once
from munit_hub.precision import autocast
from training.loop import step_noise, to_device
from training.system import build_objective

SYSTEMS = ["munit", "unit", "cyclegan", "bicyclegan", "tunit"]
BUNDLED = Path(__file__).parents[1] / "space" / "models" / "munit-edges2fruit"


def losses_and_gradients(objective, forward, x, accelerator):
    """Every term of every phase of step 0, and the gradients of all phases together."""
    z = step_noise(objective, x, 0, 0, accelerator)
    z = {name: noise.to(next(iter(x.values())).dtype) for name, noise in z.items()}
    terms, carry = {}, {}
    for phase in objective.phases(0):
        objective.requires_grad_(False)
        for network in phase.networks:
            objective.networks()[network].requires_grad_(True)
        loss, named, carry = forward(phase.name, x, z, carry)
        loss.backward()
        terms |= {f"{phase.name}/{name}": value.detach() for name, value in named.items()}
    gradients = {n: p.grad for n, p in objective.named_parameters() if p.grad is not None}
    return terms, gradients


def ours_and_the_textbook(system, dtype, seed=0):
    """(terms, gradients) of a step, as trained and by the definitions."""
    torch.manual_seed(seed)
    case, accelerator = Case(system, 64, width=8, batch=2, precision="fp32"), Accelerator(cpu=True)
    ours = build_objective(case.config(plain=False)).to(dtype)
    plain = copy.deepcopy(ours)
    ours.to(memory_format=torch.channels_last)
    x = case.pictures(plain=True, device=torch.device("cpu"))
    x = {name: images.to(dtype) for name, images in x.items()}
    fast = losses_and_gradients(ours, ours, to_device(x, "cpu"), accelerator)
    with textbook():
        return fast, losses_and_gradients(plain, without_carry(plain), x, accelerator)


@pytest.mark.parametrize("system", SYSTEMS)
def test_float32_is_the_textbook(system):
    # A number that a ReLU or an L1 norm sees on the other side of zero changes most gradients of
    # some networks; a mistake would change them in every one.
    assert any(error_in_float32(system, seed) < 1e-3 for seed in range(10))


def error_in_float32(system, seed):
    """The median of the gradients' relative errors, where every term is the textbook's."""
    (terms, gradients), (true_terms, true_gradients) = ours_and_the_textbook(
        system, torch.float32, seed
    )
    assert terms.keys() == true_terms.keys()
    for name, value in true_terms.items():
        torch.testing.assert_close(terms[name], value, atol=1e-5, rtol=1e-5, msg=name)
    assert all(gradient.isfinite().all() for gradient in gradients.values())
    errors = [
        (gradients[name] - value).norm() / value.norm() for name, value in true_gradients.items()
    ]
    return torch.stack(errors).nanmedian()  # 0 / 0 of what has no gradient at all


@pytest.mark.parametrize("system", [s for s in SYSTEMS if s != "cyclegan"])  # its pool is float32
def test_every_gradient_is_the_textbook_s_where_nothing_is_rounded(system):
    (_, gradients), (_, true_gradients) = ours_and_the_textbook(system, torch.float64)
    assert gradients.keys() == true_gradients.keys()
    for name, value in true_gradients.items():
        # The smallest are those of biases that a norm takes away again.
        torch.testing.assert_close(gradients[name], value, rtol=1e-3, atol=1e-5, msg=name)


def test_bf16_moves_a_picture_by_a_grey_level_or_two_on_average():
    model = MunitModel.from_pretrained(BUNDLED).to(memory_format=torch.channels_last).eval()
    x = torch.ones(1, 3, 96, 96).contiguous(memory_format=torch.channels_last)
    x[..., 20:70, 48] = x[..., 45, 20:70] = -1
    style = model.sample_style(4, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        exact = model.translator(x, "edges", "fruit")(style)
        with autocast("bf16", torch.device("cpu")):
            near = model.translator(x, "edges", "fruit")(style).float()
    difference = (near - exact).abs() * 127.5  # grey levels of 255
    assert 0 < difference.mean() < 2 and difference.quantile(0.99) < 20


@pytest.mark.parametrize("system", ["munit", "tunit"])
def test_the_benchmark_times_a_step_and_a_translation(system):
    case, accelerator = Case(system, size=64, width=4, batch=2), Accelerator(cpu=True)
    for plain in (True, False):
        works = (
            training_step(case, plain, accelerator),
            translation(case, plain, 3, accelerator),
        )
        assert all(seconds(work, accelerator.device, plain) > 0 for work in works)


def test_ours_is_compiled_where_the_case_says_so(monkeypatch):
    compiled = []
    monkeypatch.setattr(works, "compile_networks", lambda model, device: compiled.append(device))
    accelerator = Accelerator(cpu=True)
    for case in (Case(size=64, width=4, batch=2), Case(size=64, width=4, batch=2, compile=True)):
        for plain in (True, False):
            training_step(case, plain, accelerator)
    assert compiled == [accelerator.device]


def test_the_loader_delivers():
    assert loader_rate(("a", "b"), size=32, batch=2, steps=2) > 0
    assert loader_rate(("a",), size=32, batch=2, steps=2) > 0


def test_fewer_styles_a_pass_for_larger_pictures():
    sizes = (64, 256, 2048)
    assert [styles_at_once(torch.empty(1, 3, s, s)) for s in sizes] == [8, 2, 1]
    assert styles_at_once(torch.empty(1, 3, 256, 256, device="meta")) == 8
