"""`training/train.py` in float64: what the processes compute, and not how they round.

In float32 sooner or later a pixel lies within rounding of the kink of an L1 loss, and two ways of
adding up the same gradients part by that pixel.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from training import loop
from training.train import main


def double(patch):
    """Set the default to float64, and by `patch(object, name, value)` what is float32 by name."""
    to_device = loop.to_device

    def all_double(tensors, device):
        moved = to_device(tensors, device)
        return {n: t.double() if t.is_floating_point() else t for n, t in moved.items()}

    patch(loop, "to_device", all_double)
    patch(torch.Tensor, "float", torch.Tensor.double)
    torch.set_default_dtype(torch.float64)


if __name__ == "__main__":
    double(setattr)
    sys.exit(main())
