"""Loss terms as pure functions of tensors; every one is computed in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

Logits = list[Tensor]  # one tensor a discriminator scale


def l1(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference over all elements."""
    return F.l1_loss(prediction.float(), target.float())


def lsgan_generator(logits: Logits) -> Tensor:
    """Squared distance to 1, mean over each scale, summed over scales. Mao et al. 2017."""
    return sum((scale.float() - 1).square().mean() for scale in logits)  # type: ignore[return-value]


def lsgan_discriminator(real: Logits, translated: Logits) -> Tensor:
    """Real to 1, translated to 0; means summed over scales. Mao et al. 2017."""
    return lsgan_generator(real) + sum(scale.float().square().mean() for scale in translated)


def nsgan_generator(logits: Logits) -> Tensor:
    """-log sigmoid of the logits, mean over each scale, summed. Goodfellow et al. 2014."""
    return sum(F.softplus(-scale.float()).mean() for scale in logits)  # type: ignore[return-value]


def nsgan_discriminator(real: Logits, translated: Logits) -> Tensor:
    """Cross-entropy of real against 1 and translated against 0. Goodfellow et al. 2014."""
    return nsgan_generator(real) + sum(F.softplus(scale.float()).mean() for scale in translated)


class GanLoss(NamedTuple):
    """The two sides of one adversarial game."""

    generator: Callable[[Logits], Tensor]
    discriminator: Callable[[Logits, Logits], Tensor]


GAN_LOSSES = {
    "lsgan": GanLoss(lsgan_generator, lsgan_discriminator),
    "nsgan": GanLoss(nsgan_generator, nsgan_discriminator),
}
