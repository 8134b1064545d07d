"""AlexNet's five convolutions: the features of LPIPS and of our Frechet distance."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.weights import read_weights

FILE_NAME = "lpips_alex_v0.1.safetensors"
# LPIPS v0.1 moves [-1, 1] images to ImageNet's statistics with these.
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
# (in, out, kernel, stride, padding, max pool before) under the names `features.N`.
_LAYERS = {
    0: (3, 64, 11, 4, 2, False),
    3: (64, 192, 5, 1, 2, True),
    6: (192, 384, 3, 1, 1, True),
    8: (384, 256, 3, 1, 1, False),
    10: (256, 256, 3, 1, 1, False),
}


class AlexNetFeatures(nn.Module):
    """Images (B, 3, H, W) in [-1, 1], at least 32 pixels, to five maps, each after its ReLU.

    Source: Krizhevsky et al. 2012; inputs scaled as in Zhang et al. 2018.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        convs = {str(n): nn.Conv2d(i, o, k, s, p) for n, (i, o, k, s, p, _) in _LAYERS.items()}
        self.features = nn.ModuleDict(convs)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        h, maps = (images - self.shift) / self.scale, []
        for name, (*_, pooled) in _LAYERS.items():
            h = F.max_pool2d(h, 3, 2) if pooled else h
            h = F.relu(self.features[str(name)](h))
            maps.append(h)
        return maps


def read_lpips_weights(path_or_repo: str | Path) -> dict[str, Tensor]:
    """The tensors of a file, a folder or a Hub repository that holds lpips_alex_v0.1.safetensors.

    Names: `features.N.weight|bias` (N = 0, 3, 6, 8, 10) and `linN.weight` (N = 0..4).
    """
    return read_weights(path_or_repo, FILE_NAME)


def load_alexnet(path_or_repo: str | Path) -> AlexNetFeatures:
    """The features network with the weights that `read_lpips_weights` finds, in eval mode."""
    network = AlexNetFeatures()
    weights = read_lpips_weights(path_or_repo)
    network.load_state_dict({k: v for k, v in weights.items() if k.startswith("features.")})
    return network.eval()
