import copy
import logging
from functools import partial

import pytest
import torch
from accelerate import Accelerator

from munit_hub.precision import autocast
from tests.tiny_objectives import tiny_batch, tiny_objective
from training.config import DataConfig, OptimizerConfig, TrainConfig
from training.loop import to_device
from training.objectives.pool import TranslationPool
from training.run import Run
from training.step import NonFiniteError, Stepper

SYSTEMS = ("munit", "unit", "cyclegan")


def make(system="munit", optimizer=None, **options):
    torch.manual_seed(0)
    objective = tiny_objective(system)
    data = DataConfig({}, resolution=32, batch_size=4)
    settings = {"precision": "fp32"} | options
    config = TrainConfig("", data, 10, optimizer=optimizer or OptimizerConfig(), **settings)
    device = torch.device("cpu")
    run = Run(objective, config, device)
    context = partial(autocast, config.precision, device)
    return run, Stepper(run, objective, config, Accelerator(cpu=True), context)


def batch(run):
    x, z = tiny_batch(run.objective, torch.Generator().manual_seed(1))
    return to_device(x, torch.device("cpu")), z  # channels last, as in the loop


def weights(run):
    return copy.deepcopy(run.objective.state_dict())


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_batch_in_parts_is_the_same_step(system):
    results = []
    for parts in (1, 2, 4):
        run, step = make(system, gradient_accumulation_steps=parts)
        results.append(step(*batch(run)))
        assert run.step == 1
    whole, *others = results
    for in_parts in others:
        assert in_parts.keys() == whole.keys()
        for name, term in whole.items():
            torch.testing.assert_close(in_parts[name], term, rtol=1e-4, atol=1e-6)


def test_gradients_are_clipped_and_their_norms_told():
    run, step = make(optimizer=OptimizerConfig(max_grad_norm=1e-3))
    seen = {}
    for name, optimizer in run.optimizers.items():
        optimizer.register_step_pre_hook(
            lambda o, *_, name=name: seen.update(
                {name: torch.nn.utils.get_total_norm(p.grad for p in o.param_groups[0]["params"])}
            )
        )
    terms = step(*batch(run))
    for name in ("model", "critics"):
        assert terms[f"grad_norm/{name}"] > 0.01 and seen[name] == pytest.approx(1e-3, rel=1e-3)


def test_a_loss_that_is_not_finite_is_named_and_changes_no_weights():
    run, step = make()
    x, z = batch(run)
    x["a"][0, 0, 0, 0] = torch.nan
    before = weights(run)
    with pytest.raises(NonFiniteError, match="content_rec/a is not finite in step 0"):
        step(x, z)
    assert all(torch.equal(before[n], w) for n, w in weights(run).items())


def test_a_gradient_that_is_not_finite_is_named():
    run, step = make()
    weight = next(run.objective.critics.parameters())
    weight.register_hook(lambda gradient: gradient * torch.inf)
    before = weights(run)
    with pytest.raises(NonFiniteError, match="grad_norm/critics is not finite in step 0"):
        step(*batch(run))
    for name, value in weights(run).items():
        if name.startswith("critics."):  # the generator's phase was over already
            assert torch.equal(value, before[name])


def test_a_step_that_is_passed_over_leaves_the_buffers():
    run, step = make("cyclegan", skip_nonfinite=1)
    pool = TranslationPool(4, 3, 32)
    run.objective.pools[0] = pool
    weight = next(run.objective.critics.parameters())
    handle = weight.register_hook(lambda gradient: gradient * torch.inf)
    step(*batch(run))
    assert pool.filled == 0 and not pool.images.any()
    handle.remove()
    step(*batch(run))
    assert pool.filled == 4


def test_so_many_steps_as_are_tolerated_are_passed_over(caplog):
    run, step = make(skip_nonfinite=1)
    x, z = batch(run)
    broken = {"a": x["a"] * torch.inf, "b": x["b"]}
    before = weights(run)
    with caplog.at_level(logging.WARNING):
        step(broken, z)
    assert "step 0, which is passed over (1 of 1 tolerated)" in caplog.text
    assert run.step == 1 and all(torch.equal(before[n], w) for n, w in weights(run).items())
    step(x, z)
    assert run.step == 2 and not torch.equal(
        before["model.decoders.0.out.conv.weight"], weights(run)["model.decoders.0.out.conv.weight"]
    )
    with pytest.raises(NonFiniteError, match="in step 2"):
        step(broken, z)


def test_fp16_scales_the_loss_and_an_overflow_only_halves_the_scale():
    run, step = make(precision="fp16")
    run.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**60)
    before = weights(run)
    terms = step(*batch(run))
    assert run.scaler.get_scale() == 2.0**58 and run.step == 1  # halved in both phases
    assert all(torch.equal(before[n], w) for n, w in weights(run).items())
    run.scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
    scaled = step(*batch(run))
    exact_run, exact = make()
    torch.testing.assert_close(
        scaled["image_rec/a"], exact(*batch(exact_run))["image_rec/a"], rtol=2e-2, atol=0
    )
    assert not torch.equal(
        before["model.decoders.0.out.conv.weight"],
        weights(run)["model.decoders.0.out.conv.weight"],
    )
    assert terms["image_rec/a"].isfinite()
    assert run.state()["scaler"]["scale"] == 256.0


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_kept_and_what_is_told_is_float32(system, precision):
    run, step = make(system, precision=precision)
    halves = set()
    for module in run.objective.model.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda *given: halves.add(given[2].dtype))
    terms = step(*batch(run))
    assert halves == {torch.bfloat16 if precision == "bf16" else torch.float16}
    states = [state for o in run.optimizers.values() for state in o.state.values()]
    moments = [state[name] for state in states for name in ("exp_avg", "exp_avg_sq")]
    assert len(moments) > 20 and len(terms) > 5
    kept = [*weights(run).values(), *run.ema.shadow_params, *moments]
    for tensor in (*kept, *terms.values()):
        assert not tensor.is_floating_point() or tensor.dtype == torch.float32


def test_what_cannot_be_divided_is_named():
    with pytest.raises(ValueError, match="multiple of gradient_accumulation_steps=3, not 4"):
        make(gradient_accumulation_steps=3)
    with pytest.raises(ValueError, match="tunit takes its statistics over the whole batch"):
        TrainConfig(
            "", DataConfig({}, batch_size=4), 1, system="tunit", gradient_accumulation_steps=2
        )
