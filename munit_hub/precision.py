"""Which number format to compute in, from what the processor really has."""

from __future__ import annotations

import torch


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bf16 is done in hardware; emulation is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False


def compute_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The dtype of convolutions for auto, fp32, bf16 or fp16; ValueError for anything else."""
    if precision == "auto":
        precision = "bf16" if has_fast_bf16(device) else "fp32"
    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if precision not in dtypes:
        raise ValueError(f"precision={precision!r} is unknown; allowed: auto, fp32, bf16, fp16.")
    return dtypes[precision]


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The context in which convolutions compute in a precision, see `compute_dtype`."""
    dtype = compute_dtype(precision, device)
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)
