"""Which system's figures a golden folder holds, told by its files."""

from __future__ import annotations

from pathlib import Path

from tests.golden import CycleGanGolden, Golden
from tests.golden_tunit import TunitGolden

RECORDED = ("losses.json", "gradients.safetensors", "reference.safetensors")
KINDS = {
    "MUNIT or UNIT": (Golden, ("config.yaml", "gen_*.pt", "dis_*.pt", *RECORDED)),
    "CycleGAN": (
        CycleGanGolden,
        ("latest_net_G_A.pth", "latest_net_G_B.pth", "latest_net_D_A.pth", "reference.safetensors"),
    ),
    "TUNIT": (TunitGolden, ("config.json", "model_*.ckpt", *RECORDED)),
}


def open_golden(folder: Path) -> Golden | CycleGanGolden | TunitGolden:
    """The golden folder of the kind that its files tell; ValueError says what it must hold."""
    for kind, files in KINDS.values():
        if all(any(folder.glob(name)) for name in files):
            return kind(folder)
    needed = " or ".join(f"{', '.join(files)} (of {name})" for name, (_, files) in KINDS.items())
    raise ValueError(f"{folder} is no golden folder: it must hold {needed}.")
