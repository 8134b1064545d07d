"""Gradient checkpointing: activations are computed again in the backward pass, not kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from munit_hub.generators import TransposedBlock
from munit_hub.layers import AdainResidualBlock, ConvBlock, ResidualBlock
from munit_hub.upsampling import AdainUpsampleBlock, UpsampleBlock

BLOCKS = (
    ConvBlock,
    ResidualBlock,
    AdainResidualBlock,
    UpsampleBlock,
    AdainUpsampleBlock,
    TransposedBlock,
)


def recompute_blocks(network: nn.Module) -> None:
    """Let every block of a network keep its input alone, in place; gradients are the same.

    diffusers' own switch needs a line in each forward pass; this one leaves the model's code
    alone. Blocks with buffers stay as they are: batch norm would count a batch twice.
    """
    for child in network.children():
        if not isinstance(child, BLOCKS):
            recompute_blocks(child)
        elif next(child.buffers(), None) is None:
            child.forward = partial(_recomputed, child.forward)


def _recomputed(forward: Callable[..., Tensor], *inputs: Tensor, **named: Tensor) -> Tensor:
    if not torch.is_grad_enabled():
        return forward(*inputs, **named)
    return checkpoint(forward, *inputs, use_reentrant=False, **named)
