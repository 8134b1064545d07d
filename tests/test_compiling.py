"""Compiled networks: the same losses under the same names, and what fails said in a line."""

import shutil
from contextlib import nullcontext

import pytest
import torch
from accelerate import Accelerator

from tests.needs import need
from tests.tiny_objectives import tiny_batch, tiny_objective
from training.compiling import compile_networks, told_of_compiler
from training.config import DataConfig, TrainConfig
from training.loop import to_device
from training.run import Run
from training.step import Stepper

CPU = torch.device("cpu")


def losses(system, backend=None):
    """Every term of two steps, and the names of all weights."""
    torch.manual_seed(0)
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    objective = tiny_objective(system)
    if backend:
        compile_networks(objective.model, CPU, backend)
    data = DataConfig({}, resolution=32, batch_size=4)
    config = TrainConfig("", data, 2, precision="fp32")
    run = Run(objective, config, CPU)
    step = Stepper(run, objective, config, Accelerator(cpu=True), nullcontext)
    x, z = tiny_batch(objective, torch.Generator().manual_seed(1))
    told = [step(to_device(x, CPU), z) for _ in range(2)]
    losses = [{n: v for n, v in terms.items() if "grad_norm" not in n} for terms in told]
    return losses, list(run.state()["objective"])


def assert_equal_losses(system, backend):
    (plain, names), (compiled, same_names) = losses(system), losses(system, backend)
    assert names == same_names
    for before, after in zip(plain, compiled, strict=True):
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("system", ["munit", "bicyclegan"])
def test_traced_networks_have_the_same_losses(system):
    assert_equal_losses(system, "aot_eager")  # all of the compiler but its C++
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0


@pytest.mark.slow
def test_compiled_networks_have_the_same_losses():
    need(shutil.which("g++"), "a C++ compiler")
    assert_equal_losses("cyclegan", "inductor")
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0


def test_what_the_compiler_cannot_do_is_one_sentence():
    def step(x, z):
        raise torch._dynamo.exc.Unsupported("no such thing\nand more")

    with pytest.raises(ValueError, match=r"machine \(no such thing\); set --compile false"):
        told_of_compiler(step)({}, {})
