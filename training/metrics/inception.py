"""The network of the published FID: Inception v3 as it was ported from TensorFlow's 2015 graph.

Names and shapes are those of the public file `pt_inception-2015-12-05-6726825d.pth` (of
mseitz's pytorch-fid), which is not at hand where this project is tested: the number of parameters
and the shapes are checked, the figures of the published weights are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from munit_hub.conversion.reading import load_state
from training.weights import read_weights

FILE_NAME = "pt_inception-2015-12-05.safetensors"  # in a folder or a Hub repository
SIZE = 299  # pixels
_UNUSED = ("fc.", "AuxLogits.")  # of the file: the classifiers
_COUNTER = "num_batches_tracked"  # of training, which old files lack

Kernel = int | tuple[int, int]
Step = Sequence[tuple[str, int, Kernel]]  # name, channels, kernel of convolutions side by side
WIDE, TALL = (1, 7), (7, 1)


class ConvNorm(nn.Module):
    """Convolution, batch norm with its stored statistics, ReLU."""

    def __init__(self, channels: int, out: int, kernel: Kernel, stride: int, padding: Kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Branches side by side: chains of convolutions, and last a pooling.

    `pool` is avg or max with stride 1, behind which `pooled` channels come of a convolution, or
    halve: a max pooling with stride 2 as the last convolutions of the chains have it.
    """

    def __init__(self, channels: int, chains: Sequence[Sequence[Step]], pool: str, pooled: int = 0):
        super().__init__()
        self.pool = pool
        self.names = [[[name for name, _, _ in step] for step in chain] for chain in chains]
        for chain in chains:
            width = channels
            for step in chain:
                stride = 2 if pool == "halve" and step is chain[-1] else 1
                for name, out, kernel in step:
                    padding = 0 if stride == 2 else _same(kernel)
                    self.add_module(name, ConvNorm(width, out, kernel, stride, padding))
                width = sum(out for _, out, _ in step)
        if pooled:
            self.branch_pool = ConvNorm(channels, pooled, 1, 1, 0)

    def forward(self, x: Tensor) -> Tensor:
        branches = []
        for chain in self.names:
            h = x
            for step in chain:
                h = torch.cat([self.get_submodule(name)(h) for name in step], 1)
            branches.append(h)
        return torch.cat([*branches, self._pooled(x)], 1)

    def _pooled(self, x: Tensor) -> Tensor:
        if self.pool == "halve":
            return F.max_pool2d(x, 3, 2)
        if self.pool == "max":  # the 2015 graph's last block
            return self.branch_pool(F.max_pool2d(x, 3, 1, 1))
        return self.branch_pool(F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))


def _same(kernel: Kernel) -> Kernel:
    return kernel // 2 if isinstance(kernel, int) else (kernel[0] // 2, kernel[1] // 2)


def _chain(name: str, *layers: tuple[int, Kernel]) -> list[Step]:
    return [[(f"{name}_{i}", out, kernel)] for i, (out, kernel) in enumerate(layers, 1)]


def _alone(out: int) -> list[Step]:
    return [[("branch1x1", out, 1)]]


def _block_a(channels: int, pooled: int) -> Mixed:
    chains = [
        _alone(64),
        _chain("branch5x5", (48, 1), (64, 5)),
        _chain("branch3x3dbl", (64, 1), (96, 3), (96, 3)),
    ]
    return Mixed(channels, chains, "avg", pooled)


def _block_b() -> Mixed:
    chains = [[[("branch3x3", 384, 3)]], _chain("branch3x3dbl", (64, 1), (96, 3), (96, 3))]
    return Mixed(288, chains, "halve")


def _block_c(c: int) -> Mixed:
    chains = [
        _alone(192),
        _chain("branch7x7", (c, 1), (c, WIDE), (192, TALL)),
        _chain("branch7x7dbl", (c, 1), (c, TALL), (c, WIDE), (c, TALL), (192, WIDE)),
    ]
    return Mixed(768, chains, "avg", 192)


def _block_d() -> Mixed:
    chains = [
        _chain("branch3x3", (192, 1), (320, 3)),
        _chain("branch7x7x3", (192, 1), (192, WIDE), (192, TALL), (192, 3)),
    ]
    return Mixed(768, chains, "halve")


def _block_e(channels: int, pool: str) -> Mixed:
    def fork(name: str) -> Step:
        return [(f"{name}a", 384, (1, 3)), (f"{name}b", 384, (3, 1))]

    chains = [
        _alone(320),
        [*_chain("branch3x3", (384, 1)), fork("branch3x3_2")],
        [*_chain("branch3x3dbl", (448, 1), (384, 3)), fork("branch3x3dbl_3")],
    ]
    return Mixed(channels, chains, pool, 192)


class FidInception(nn.Module):
    """Images (B, 3, 299, 299) in [-1, 1] to the pooled features (B, 2048).

    Source: Szegedy et al. 2016; Heusel et al. 2017.
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = ConvNorm(3, 32, 3, 2, 0)
        self.Conv2d_2a_3x3 = ConvNorm(32, 32, 3, 1, 0)
        self.Conv2d_2b_3x3 = ConvNorm(32, 64, 3, 1, 1)
        self.Conv2d_3b_1x1 = ConvNorm(64, 80, 1, 1, 0)
        self.Conv2d_4a_3x3 = ConvNorm(80, 192, 3, 1, 0)
        mixed = {
            "5b": _block_a(192, 32),
            "5c": _block_a(256, 64),
            "5d": _block_a(288, 64),
            "6a": _block_b(),
            "6b": _block_c(128),
            "6c": _block_c(160),
            "6d": _block_c(160),
            "6e": _block_c(192),
            "7a": _block_d(),
            "7b": _block_e(1280, "avg"),
            "7c": _block_e(2048, "max"),
        }
        for name, block in mixed.items():
            self.add_module(f"Mixed_{name}", block)
        self.mixed_names = [f"Mixed_{name}" for name in mixed]

    def forward(self, images: Tensor) -> Tensor:
        h = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images)))
        h = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(h, 3, 2)))
        h = F.max_pool2d(h, 3, 2)
        for name in self.mixed_names:
            h = self.get_submodule(name)(h)
        return h.mean((2, 3))


def load_inception(path_or_repo: str | Path) -> FidInception:
    """The network with weights from the public .pth file, a .safetensors file, a folder or the Hub.

    ValueError where a tensor is missing, left over or of another shape.
    """
    path = Path(path_or_repo)
    state = load_state(path) if path.suffix == ".pth" else read_weights(path, FILE_NAME)
    with torch.device("meta"):  # no random numbers where the file's come anyway
        network = FidInception()
    state = {name: tensor for name, tensor in state.items() if not name.startswith(_UNUSED)}
    counters = {n: torch.tensor(0) for n in network.state_dict() if n.endswith(_COUNTER)}
    try:
        network.load_state_dict(counters | state, assign=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path_or_repo} does not hold FID's Inception v3: {reason}") from None
    return network.eval().requires_grad_(False)
