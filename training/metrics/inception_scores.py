"""Inception score and conditional inception score, as mean KL divergences in nats."""

from __future__ import annotations

import math

from torch import Tensor
from torchmetrics.image.inception import InceptionScore

from training.metrics.given import GivenFeatures, quietly


def inception_score(logits: Tensor) -> float:
    """E[KL(p(y|x) || p(y))] of a classifier's logits (N, classes): at most log(classes).

    Not exponentiated. Arithmetic: torchmetrics. Source: Salimans et al. 2016.
    """
    with quietly():
        metric = InceptionScore(GivenFeatures(logits.shape[1]), splits=1)
        metric.update(logits.double())
        return max(math.log(metric.compute()[0]), 0.0)  # rounding alone makes it less


def conditional_inception_score(logits: Tensor) -> float:
    """The mean over inputs of each one's inception score, of logits (inputs, outputs, classes).

    High only if one input gives many confident modes; 0 where its outputs are alike. Source: Huang
    et al. 2018, section 5.2.
    """
    return sum(inception_score(outputs) for outputs in logits) / len(logits)
