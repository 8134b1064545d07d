"""Contrastive learning by momentum: an encoder that follows slowly, and its past keys."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class StyleQueue(nn.Module):
    """The last so many styles of the momentum encoder. They are buffers: a checkpoint has them.

    Source: He et al. 2020 (MoCo), section 3.1.
    """

    styles: Tensor
    pushed: Tensor

    def __init__(self, size: int, style_dim: int):
        super().__init__()
        self.register_buffer("styles", torch.zeros(size, style_dim))
        self.register_buffer("pushed", torch.zeros((), dtype=torch.long))  # ever

    def held(self) -> Tensor:
        """A copy of the styles (N, style_dim) that it holds, N at most its size, in no order."""
        return self.styles[: int(self.pushed)].clone()  # a push must not change what a loss used

    @torch.no_grad()
    def push(self, styles: Tensor) -> None:
        """Take in styles (B, style_dim); when it is full, the oldest go."""
        size = len(self.styles)
        styles = styles[-size:]
        place = (self.pushed + torch.arange(len(styles), device=styles.device)) % size
        self.styles[place] = styles.to(self.styles.dtype)
        self.pushed += len(styles)


def keep_no_statistics(network: nn.Module) -> None:
    """Batch norms that leave their running statistics as they are given."""
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm1d):
            norm.momentum = 0.0


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, momentum: float) -> None:
    """Move the average's parameters towards the network's by 1 - momentum of the way.

    The network is then given the average's batch statistics. It never uses them while it trains,
    and what gets published has averaged weights: see `keep_no_statistics`.
    """
    for mine, its in zip(average.parameters(), network.parameters(), strict=True):
        mine.lerp_(its, 1 - momentum)
    for mine, its in zip(average.buffers(), network.buffers(), strict=True):
        its.copy_(mine)
