"""What TUNIT's guiding network learns by itself: clusters, styles, and labels if it is told any."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from munit_hub.guiding import Guidance
from training.losses import iic, info_nce, known_cross_entropy
from training.objectives.together import joined, of_all_processes


def guide_terms(
    first: Guidance,
    second: Guidance,
    keys: Tensor,
    past: Tensor,
    temperature: float,
    balance: float,
    labels: Tensor | None,
) -> dict[str, Tensor]:
    """Baek et al. 2021, section 3.2, of what the guide says of images and of views of them.

    `keys` (B, style_dim) are the momentum encoder's styles of the views, `past` (N, style_dim)
    those of earlier steps. With labels (B,), -1 where unknown, the head of the domains learns them
    from the images, beside its clustering.
    """
    # Clusters are of the whole batch, whoever holds its images.
    logits, others = joined(first.logits.float()), joined(second.logits.float())
    terms = {
        "iic": iic(logits.softmax(1), others.softmax(1), balance),
        "contrast": info_nce(first.style, keys, past, temperature),
    }
    if labels is not None:
        terms["labelled"] = known_cross_entropy(logits, of_all_processes(labels))
    return terms


def domains(logits: Tensor, labels: Tensor | None) -> Tensor:
    """The domain (B,) of each image: its label where there is one, else its pseudo-label."""
    pseudo = logits.argmax(1)
    return pseudo if labels is None else torch.where(labels >= 0, labels, pseudo)


def initialise_guide(guide: nn.Module) -> None:
    """As VGG is initialised: Kaiming normal by the outputs, heads N(0, 0.01), biases zero."""
    for module in guide.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            assert module.bias is not None
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.01)
