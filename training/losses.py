"""Loss terms as pure functions of tensors; every one is computed in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

Logits = list[Tensor]  # one tensor a discriminator scale


def l1(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference over all elements."""
    # Not `F.l1_loss`: the gradient of a mean has no layout of its own and becomes NCHW, and with it
    # all gradients behind it, which the channels-last kernels take several times longer for.
    difference = prediction.float() - target.float()
    return torch.linalg.vector_norm(difference, 1) / difference.numel()


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
    """The two sides of one adversarial game, and the logit above which an image is judged real."""

    generator: Callable[[Logits], Tensor]
    discriminator: Callable[[Logits, Logits], Tensor]
    boundary: float


GAN_LOSSES = {
    "lsgan": GanLoss(lsgan_generator, lsgan_discriminator, 0.5),
    "nsgan": GanLoss(nsgan_generator, nsgan_discriminator, 0.0),
}


@torch.no_grad()
def accuracies(real: Logits, translated: Logits, boundary: float = 0.0) -> dict[str, Tensor]:
    """A discriminator's accuracy in [0, 1]: shares of real judged real, translated translated.

    Of the logits of all patches and scales together.
    """
    above = [
        torch.cat([scale.flatten() for scale in logits]).gt(boundary).float().mean()
        for logits in (real, translated)
    ]
    return {"accuracy/real": above[0], "accuracy/translated": 1 - above[1]}


def hinge_real(logits: Tensor) -> Tensor:
    """What the discriminator pays for real images: mean max(0, 1 - logit). Lim and Ye 2017."""
    return F.relu(1 - logits.float()).mean()


def hinge_translated(logits: Tensor) -> Tensor:
    """What the discriminator pays for translations: mean max(0, 1 + logit). Lim and Ye 2017."""
    return F.relu(1 + logits.float()).mean()


def hinge_generator(logits: Tensor) -> Tensor:
    """What the generator pays against a hinge discriminator: the negated mean logit."""
    return -logits.float().mean()


def r1(logits: Tensor, images: Tensor) -> Tensor:
    """Squared gradient of the logits of real images (B, C, H, W) that require it, over B.

    Mescheder et al. 2018, Eq. 9, without the half.
    """
    (gradient,) = torch.autograd.grad(logits.float().sum(), images, create_graph=True)
    return gradient.float().square().sum() / len(images)


def iic(p: Tensor, q: Tensor, balance: float = 1.0) -> Tensor:
    """Negated mutual information of the clusters of two views, probabilities (B, K) each.

    Of their joint, symmetrised and normalised. Above 1, `balance` counts the entropy of the
    clusters' sizes more than the rest. Ji et al. 2019, Eq. 2-3.
    """
    joint = (p.float()[:, :, None] * q.float()[:, None]).sum(0)  # elementwise: never in half
    joint = (joint + joint.t()) / 2
    joint = (joint / joint.sum()).clamp_min(1e-16)
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return (joint * (balance * (rows.log() + columns.log()) - joint.log())).sum()


def known_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of logits (B, K) and labels (B,), over those that are not -1; 0 if none is."""
    total = F.cross_entropy(logits.float(), labels, ignore_index=-1, reduction="sum")
    return total / (labels >= 0).sum().clamp_min(1)  # torch's own mean of none is not a number


def info_nce(query: Tensor, key: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of telling each query's key (B, D) from the negatives (N, D), by dot product.

    The vectors are not normalised, as in TUNIT's reference. He et al. 2020, Eq. 1.
    """
    query, key = query.float(), key.float()
    with torch.autocast(query.device.type, enabled=False):
        other = query @ negatives.float().t()
    logits = torch.cat(((query * key).sum(1, keepdim=True), other), dim=1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(query), dtype=torch.long, device=query.device))
