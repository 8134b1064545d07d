"""What a golden folder's reference.safetensors holds."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor


def read_reference(folder: Path, inputs: list[str]) -> dict[str, Tensor]:
    """The recorded tensors; ValueError names the inputs that are not among them."""
    path = folder / "reference.safetensors"
    reference = load_file(path)
    if missing := [name for name in inputs if name not in reference]:
        raise ValueError(f"{path} must hold the inputs {', '.join(missing)} as well.")
    return reference
