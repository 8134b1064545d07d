"""torch.compile of a model's networks, in place: the names of its weights stay."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import nn

from munit_hub.upsampling import AdainUpsampleBlock, UpsampleBlock


def compile_networks(model: nn.Module, device: torch.device, backend: str = "inductor") -> None:
    """Compile each network of a model when it is first called.

    Not the critics: R1 takes a second derivative, which compiled code has none of.
    """
    for child in model.children():
        held = isinstance(child, nn.ModuleList | nn.ModuleDict)  # which are never called themselves
        for network in child.children() if held else [child]:
            network.compile(backend=backend)
    if device.type != "cpu":
        return
    for block in model.modules():
        if isinstance(block, UpsampleBlock | AdainUpsampleBlock):
            # Compiled on the CPU (torch 2.13) the gradient of a padding by replication fails for
            # channels last: replication_pad2d_backward promises other strides than it gives.
            block.forward = torch.compiler.disable(block.forward)


def told_of_compiler(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step of compiled networks; what the compiler cannot do is a ValueError of one line."""
    from torch._dynamo.exc import TorchDynamoException  # slow to import
    from torch._inductor.exc import InductorError

    @wraps(step.__call__)
    def told(*inputs: Any) -> Any:
        try:
            return step(*inputs)
        except (TorchDynamoException, InductorError, AssertionError) as error:
            if isinstance(error, AssertionError) and "stride" not in str(error):
                raise  # not the compiled code's own check of what it was promised
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ValueError(
                f"compile: torch.compile cannot do these networks on this machine ({reason}); "
                "set --compile false."
            ) from error

    return told
