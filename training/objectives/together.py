"""Batches of all processes as one: what a loss or a norm takes of the whole batch.

With one process all of this is nothing. The data give process r of W the r-th part of the
samples. Gradients are those of the mean of all processes' losses, which the launcher's averaging
makes. So W processes do at once, and in the same order, what one does in W parts of a step.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from accelerate import PartialState
from accelerate.utils import gather
from torch import Tensor, nn

from munit_hub.norms import BatchNorm


def of_all_processes(tensor: Tensor) -> Tensor:
    """The (B, ...) tensors of all W processes as one (B * W, ...), in their order; a copy."""
    return gather(tensor.contiguous()).clone()


def own(tensor: Tensor) -> Tensor:
    """This process's samples (B, ...) of those of all (B * W, ...)."""
    state = PartialState()
    return tensor.chunk(state.num_processes)[state.process_index]


class _Joined(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        return of_all_processes(tensor)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return own(_added(gradient))


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        return _added(tensor)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _added(gradient)


def _added(tensor: Tensor) -> Tensor:
    total = tensor.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total


def joined(tensor: Tensor) -> Tensor:
    """As `of_all_processes`, with gradients: each process's loss may depend on all samples."""
    return tensor if PartialState().num_processes == 1 else _Joined.apply(tensor)


class JointBatchNorm(BatchNorm):
    """Batch norm over the images (B, C, H, W) of all processes, which have as many each."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        exact = x.to(torch.promote_types(x.dtype, torch.float32))
        count = x.numel() // x.shape[1] * PartialState().num_processes
        mean = _Sum.apply(exact.sum((0, 2, 3))) / count
        centred = exact - mean.view(1, -1, 1, 1)
        variance = _Sum.apply(centred.square().sum((0, 2, 3))) / count
        self._follow(mean, variance * count / (count - 1))
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return torch.addcmul(self.bias.view(1, -1, 1, 1), centred, scale.view(1, -1, 1, 1)).to(
            x.dtype
        )

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics, as batch norm does."""
        assert self.running_mean is not None and self.running_var is not None
        assert self.momentum is not None and self.num_batches_tracked is not None
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
        self.running_var.lerp_(variance.to(self.running_var.dtype), self.momentum)
        self.num_batches_tracked += 1


def join_norms(network: nn.Module) -> None:
    """With several processes, every batch norm of a network over the images of all."""
    if PartialState().num_processes == 1:
        return
    for name, norm in list(network.named_modules()):
        if type(norm) is BatchNorm:
            jointly = JointBatchNorm(norm.num_features, norm.eps, norm.momentum)
            jointly.load_state_dict(norm.state_dict())
            network.set_submodule(name, jointly)
