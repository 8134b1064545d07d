"""Checkpoints: written beside and renamed into place, so that a half one is never seen."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from pathlib import Path
from typing import Any

import torch

from munit_hub.files import hash_of_file
from munit_hub.hub_errors import first_line

STATE, MANIFEST = "state.pt", "manifest.json"
_NAME = re.compile(r"step-(\d{8})")

logger = logging.getLogger(__name__)


def checkpoints_of(output_dir: Path, kind: str = "checkpoints") -> list[Path]:
    """The complete checkpoints of a run, oldest first; kind: the folder that they are in."""
    folder = output_dir / kind
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _NAME.fullmatch(path.name))


def save_checkpoint(output_dir: Path, step: int, state: dict[str, Any], keep: int) -> Path:
    """Write `state` as the checkpoint of a step, then remove all before it but the newest `keep`.

    OSError where it cannot be written (a full disk); the older checkpoints are still there then.
    """
    final = output_dir / "checkpoints" / f"step-{step:08d}"
    if final.exists() and damage(final) is None:  # the last step of a run is also a regular one
        return final
    write_folder(final, state)
    upto = [path for path in checkpoints_of(output_dir) if path.name <= final.name]
    for old in upto[: -max(keep, 1)]:  # later ones are damaged, or this run would not be here
        shutil.rmtree(old)
    return final


def save_debug(output_dir: Path, step: int, state: dict[str, Any], **batch: Any) -> Path:
    """Write the state and the batch that failed to output_dir/debug; never resumed from."""
    return write_folder(output_dir / "debug" / f"step-{step:08d}", state | batch)


def write_folder(
    final: Path, state: dict[str, Any], notes: dict[str, dict[str, Any]] | None = None
) -> Path:
    """Write a state and its manifest beside `final`, then rename: it is there whole or not at all.

    notes: JSON files beside the state, by name.

    OSError where it cannot be written; what was begun is removed.
    """
    part = final.with_name(final.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        torch.save(state, part / STATE)
        for name, note in (notes or {}).items():
            (part / name).write_text(json.dumps(note, indent=2) + "\n")
        manifest = {path.name: describe(path) for path in sorted(part.iterdir())}
        (part / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        for path in (*part.iterdir(), part):
            flush(path)  # or a rename could reach the disk before what it renames
        shutil.rmtree(final, ignore_errors=True)
        part.rename(final)
    except (OSError, RuntimeError) as error:  # torch.save tells of a full disk by RuntimeError
        shutil.rmtree(part, ignore_errors=True)
        why = first_line(error)
        raise OSError(f"{final} cannot be written ({why}); older checkpoints stay.") from error
    flush(final.parent)
    return final


def flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def describe(path: Path) -> dict[str, Any]:
    """The size in bytes and the SHA-256 of a file."""
    return {"bytes": path.stat().st_size, "sha256": hash_of_file(path)}


def damage(path: Path) -> str | None:
    """What is wrong with a checkpoint folder, None if it is as it was written."""
    if not (path / MANIFEST).is_file():
        return f"{MANIFEST} is missing"
    try:
        manifest = json.loads((path / MANIFEST).read_text())
    except ValueError:  # of JSON, or of its letters
        return f"{MANIFEST} cannot be read"
    for name, wanted in ({STATE: None} | manifest).items():
        if not (path / name).is_file():
            return f"{name} is missing"
        if describe(path / name) != wanted:
            return f"{name} is not what its manifest says"
    return None


def find_checkpoint(output_dir: Path, wanted: str | None) -> Path | None:
    """The checkpoint folder that `resume_from_checkpoint` means; None for a fresh start.

    ValueError where this run would mix with another one, or the folder is no whole checkpoint.
    """
    if wanted is None:
        if checkpoints_of(output_dir):
            raise ValueError(
                f"output_dir={str(output_dir)!r} holds a run already; go on with "
                "--resume_from_checkpoint latest, or choose another --output_dir."
            )
        return None
    return latest(output_dir) if wanted == "latest" else named(output_dir, wanted)


def latest(output_dir: Path) -> Path | None:
    """The newest checkpoint that is undamaged; None where the run has none at all."""
    found = checkpoints_of(output_dir)
    for path in reversed(found):
        if (wrong := damage(path)) is None:
            return path
        logger.warning("%s is passed over: %s.", path, wrong)
    if found:
        raise ValueError(f"every checkpoint of {output_dir} is damaged.")
    return None


def named(output_dir: Path, wanted: str) -> Path:
    """The checkpoint folder of that path."""
    path, others = Path(wanted), checkpoints_of(output_dir)
    if not (path / STATE).is_file():
        raise ValueError(
            f"resume_from_checkpoint={wanted!r} is no checkpoint folder; give one such as "
            f"{output_dir}/checkpoints/step-00001000, or latest."
        )
    if wrong := damage(path):
        raise ValueError(f"resume_from_checkpoint={wanted!r} is damaged: {wrong}.")
    if others and others[-1].resolve() != path.resolve():
        # Two histories in one folder: the older steps would be pruned, the newer ones mistaken.
        raise ValueError(
            f"output_dir={str(output_dir)!r} holds {others[-1].name}, which is not of this run; "
            "choose another --output_dir to go on from an older checkpoint."
        )
    return path


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state saved in a checkpoint folder, on the CPU; tensors and plain values only."""
    return torch.load(path / STATE, map_location="cpu", weights_only=True)
