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

to_device = loop.to_device
loop.to_device = lambda tensors, device: {
    name: tensor.double() if tensor.is_floating_point() else tensor
    for name, tensor in to_device(tensors, device).items()
}
torch.set_default_dtype(torch.float64)
torch.Tensor.float = torch.Tensor.double  # the losses and statistics that are float32 by name
sys.exit(main())
