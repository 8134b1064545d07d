"""Where a run comes from: versions, commit, machine and data of every start, in run.json."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from munit_hub.files import written_beside
from training.data import TrainingData

STARTS = "run.json"  # in output_dir: one entry a start, the newest last
_PACKAGES = ("torch", "accelerate", "datasets", "diffusers", "munit_hub")


def describe_start(data: TrainingData, step: int) -> dict[str, Any]:
    """What tells this start of a run from others; `step` is where it starts."""
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "step": step,
        "command": sys.argv,
        "commit": git_commit(),
        "versions": versions(),
        "machine": machine(),
        "data": {
            source.domain: {"pictures": source.count, "fingerprint": source.fingerprint}
            for source in data.sources
        },
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that results depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def machine() -> str:
    """The processor and the system."""
    return f"{platform.processor() or platform.machine()}, {platform.system()}"


def check_same_data(output_dir: Path, start: dict[str, Any]) -> None:
    """ValueError where a source holds other pictures than at the last start in output_dir."""
    starts = read_starts(output_dir)
    for domain, before in (starts[-1]["data"] if starts else {}).items():
        if start["data"].get(domain) != before:
            number = counted(before["pictures"])
            raise ValueError(
                f"{output_dir} was trained on other pictures of {domain!r} ({number} of them); "
                "choose another --output_dir, or go on with --allow_other_data true."
            )


def counted(pictures: int | None) -> str:
    """A number of pictures; of a stream nobody knows it."""
    return "a stream" if pictures is None else f"{pictures:,}"


def git_commit() -> str | None:
    """The commit of this code, with "+" where files differ from it; None outside a repository."""
    folder = Path(__file__).parent
    try:
        said = [
            subprocess.run(
                ["git", *command], cwd=folder, capture_output=True, text=True, check=True
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "-uno"])
        ]
    except (OSError, subprocess.CalledProcessError):
        return None
    return said[0] + ("+" if said[1] else "")


def record_start(output_dir: Path, start: dict[str, Any]) -> None:
    """Add a start to output_dir/run.json."""
    starts = read_starts(output_dir)
    with written_beside(output_dir / STARTS) as unfinished:
        unfinished.write_text(json.dumps([*starts, start], indent=2) + "\n")


def read_starts(output_dir: Path) -> list[dict[str, Any]]:
    """Every start of a run, oldest first."""
    path = output_dir / STARTS
    return json.loads(path.read_text()) if path.is_file() else []
