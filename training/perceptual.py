"""MUNIT's domain-invariant perceptual loss, and the VGG16 whose features it compares."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.norms import normalise_planes
from training.weights import read_weights

VGG16_REPO = "timm/vgg16.tv_in1k"  # BSD-3; the convolutions' names are those of `_LAYERS`
VGG16_FILE = "model.safetensors"
MIN_SIZE = 32  # pixels; below, relu5_3 is a single position, which has no variance
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of images in [0, 1]
# (in, out, max pool before) of every 3x3 convolution up to relu5_3, under `features.N`.
_LAYERS = {
    0: (3, 64, False),
    2: (64, 64, False),
    5: (64, 128, True),
    7: (128, 128, False),
    10: (128, 256, True),
    12: (256, 256, False),
    14: (256, 256, False),
    17: (256, 512, True),
    19: (512, 512, False),
    21: (512, 512, False),
    24: (512, 512, True),
    26: (512, 512, False),
    28: (512, 512, False),
}


class Vgg16Features(nn.Module):
    """Images (B, 1 or 3, H, W) in [-1, 1] to relu5_3 (B, 512, H/16, W/16).

    Source: Simonyan and Zisserman 2015, configuration D.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        convs = {str(n): nn.Conv2d(i, o, 3, padding=1) for n, (i, o, _) in _LAYERS.items()}
        self.features = nn.ModuleDict(convs)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        h = ((images + 1) / 2 - self.mean) / self.std  # one channel becomes three alike
        for name, (*_, pooled) in _LAYERS.items():
            h = F.max_pool2d(h, 2) if pooled else h
            h = F.relu(self.features[str(name)](h))
        return h


def load_vgg16(path_or_repo: str | Path) -> Vgg16Features:
    """VGG16 up to relu5_3 from a safetensors file, its folder or a Hub id, in eval mode.

    Names: `features.N.weight|bias`, N as in torchvision; other tensors are passed over.
    ValueError where a file or tensor is missing.
    """
    network, given = Vgg16Features(), read_weights(path_or_repo, VGG16_FILE)
    for name, wanted in network.state_dict().items():
        if name not in given or given[name].shape != wanted.shape:
            raise ValueError(
                f"{path_or_repo} is no VGG16: {name} {tuple(wanted.shape)} is missing."
            )
    network.load_state_dict({name: given[name] for name in network.state_dict()})
    return network.eval()


class PerceptualLoss:
    """Mean squared difference of two images' relu5_3, each instance-normalised without affine.

    What the norm takes away, mean and variance of every feature, is what differs between domains.
    No nn.Module: VGG16 is neither trained, nor averaged, nor saved with a run.
    Source: Huang et al. 2018, section 5.1.
    """

    def __init__(self, network: Vgg16Features):
        self.network = network

    def __call__(self, images: Tensor, others: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1], at least 32 pixels; the gradient reaches both."""
        network = self.network.to(images.device)
        x, y = (normalise_planes(network(i).float()) for i in (images, others))
        return F.mse_loss(x, y)
