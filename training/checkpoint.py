"""Checkpoints: written beside and renamed into place, so that a half one is never seen."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import torch

_NAME = re.compile(r"step-(\d{8})")


def checkpoints_of(output_dir: Path) -> list[Path]:
    """The complete checkpoints of a run, oldest first."""
    folder = output_dir / "checkpoints"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _NAME.fullmatch(path.name))


def save_checkpoint(output_dir: Path, step: int, state: dict[str, Any], keep: int) -> Path:
    """Write `state` as the checkpoint of a step, then remove all but the newest `keep`."""
    final = output_dir / "checkpoints" / f"step-{step:08d}"
    if final.exists():  # the last step of a run is also a regular one
        return final
    part = final.with_name(final.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    torch.save(state, part / "state.pt")
    part.rename(final)
    for old in checkpoints_of(output_dir)[: -max(keep, 1)]:
        shutil.rmtree(old)
    return final


def find_checkpoint(output_dir: Path, wanted: str | None) -> Path | None:
    """The checkpoint folder that `resume_from_checkpoint` means; None for a fresh start.

    ValueError where this run would mix with another one, or the folder is no checkpoint.
    """
    if wanted is None:
        if checkpoints_of(output_dir):
            raise ValueError(
                f"output_dir={str(output_dir)!r} holds a run already; go on with "
                "--resume_from_checkpoint latest, or choose another --output_dir."
            )
        return None
    if wanted == "latest":
        found = checkpoints_of(output_dir)
        return found[-1] if found else None
    path, others = Path(wanted), checkpoints_of(output_dir)
    if not (path / "state.pt").is_file():
        raise ValueError(
            f"resume_from_checkpoint={wanted!r} is no checkpoint folder; give one such as "
            f"{output_dir}/checkpoints/step-00001000, or latest."
        )
    if others and others[-1].resolve() != path.resolve():
        # Two histories in one folder: the older steps would be pruned, the newer ones mistaken.
        raise ValueError(
            f"output_dir={str(output_dir)!r} holds {others[-1].name}, which is not of this run; "
            "choose another --output_dir to go on from an older checkpoint."
        )
    return path


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state saved in a checkpoint folder, on the CPU; tensors and plain values only."""
    return torch.load(path / "state.pt", map_location="cpu", weights_only=True)
