"""Gradient checkpointing on every system: the same gradients from less memory."""

import pytest
import torch

from tests.tiny_objectives import SECTIONS, tiny_batch, tiny_objective
from training.recompute import recompute_blocks

SIZE = 64


def gradients(system, dtype, recomputed):
    """The last phase that trains the model: its gradients, and the bytes kept for them."""
    torch.manual_seed(0)
    objective = tiny_objective(system, SIZE)
    if recomputed:
        recompute_blocks(objective.model)
    x, z = tiny_batch(objective, torch.Generator().manual_seed(1), 2, SIZE)
    objective.requires_grad_(False)
    objective.model.requires_grad_(True)
    kept = {}  # by address: a tensor that two operations keep is there once
    keep = lambda t: kept.update({t.untyped_storage().data_ptr(): t}) or t  # noqa: E731
    autocast = torch.autocast("cpu", dtype, enabled=dtype != torch.float32)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t), autocast:
        loss = objective("generator", x, z, {}).loss
    size = sum(t.untyped_storage().nbytes() for t in kept.values())
    loss.backward()
    named = objective.model.named_parameters()
    return {name: p.grad for name, p in named if p.grad is not None}, size


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("system", SECTIONS)
def test_the_gradients_are_the_same_from_less_memory(system, dtype):
    plain, plain_size = gradients(system, dtype, recomputed=False)
    again, size = gradients(system, dtype, recomputed=True)
    assert plain.keys() == again.keys() and len(plain) > 20
    for name, gradient in plain.items():
        assert torch.equal(again[name], gradient), name
    share = 0.8 if system == "tunit" else 0.5  # its guide, with batch norm, keeps what it has
    assert size < share * plain_size
