"""Features that were taken already, in the form in which torchmetrics asks for a network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class GivenFeatures(nn.Module):
    """The network that torchmetrics applies to our features (N, num_features): it changes none."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        """The features themselves."""
        return features


@contextmanager
def quietly() -> Iterator[None]:
    """Without torchmetrics' remarks on memory, and without a trace in the random numbers."""
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore", UserWarning)
        yield
