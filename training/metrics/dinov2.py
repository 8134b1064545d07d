"""DINOv2's features, by transformers: the optional extra `dinov2`."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.hub_errors import first_line

SIZE = 224  # pixels
# ImageNet's statistics, of pixels in [0, 1].
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class DinoFeatures(nn.Module):
    """Images (B, 3, H, W) in [-1, 1] to the class token (B, D). Source: Oquab et al. 2023."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        x = F.interpolate(images, (SIZE, SIZE), mode="bicubic", antialias=True).clamp(-1, 1)
        return self.network((x / 2 + 0.5 - self.mean) / self.std).pooler_output


def load_dinov2(path_or_repo: str | Path) -> DinoFeatures:
    """The network of a folder or a Hub repository in transformers' form, from safetensors only.

    ValueError where transformers is missing, or the network cannot be had.
    """
    try:
        from transformers import Dinov2Model
    except ImportError:
        raise ValueError(
            "Features of dinov2 need transformers: pip install '.[training,dinov2]'."
        ) from None
    try:
        network = Dinov2Model.from_pretrained(path_or_repo, use_safetensors=True)
    except (OSError, ValueError) as error:
        why = first_line(error)
        raise ValueError(f"DINOv2 cannot be read from {path_or_repo}: {why}") from None
    return DinoFeatures(network.requires_grad_(False)).eval()
