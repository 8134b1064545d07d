"""`python benchmarks/training_table.py`: memory and time of a training step, case by case.

Each case is a `--dry_run` of a preset in a process of its own, on pictures of noise: 4 steps, of
which the first is left out and the others' median is told. Prints a table in Markdown.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from jsonargparse import auto_cli
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURES = 8  # of a domain, at least as many as a batch
ROWS = {"memory": r"([\d.]+) GiB", "a step": r"([\d.e+-]+) s"}  # of what a dry run says


def draw_pictures(folder: Path, count: int, size: int) -> None:
    """So many pictures of noise, in colour."""
    generator = np.random.default_rng(0)
    folder.mkdir()
    for index in range(count):
        pixels = generator.integers(0, 256, (size, size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")


def rehearsed(preset: str, resolution: int, batch: int, flags: list[str]) -> dict[str, float]:
    """GiB and seconds a step of a case, by the names of ROWS; a failed one ends with its words."""
    with tempfile.TemporaryDirectory() as place:
        draw_pictures(Path(place) / "pictures", max(batch, PICTURES), resolution)
        source = f"{{path: {place}/pictures}}"
        command = [sys.executable, str(ROOT / "training" / "train.py"), "--config", preset]
        command += [f"--data.resolution={resolution}", f"--data.batch_size={batch}"]
        command += [f"--data.sources={{a: {source}, b: {source}}}", f"--data.cache_dir={place}"]
        command += [f"--output_dir={place}/run", "--dry_run", *flags]
        done = subprocess.run(command, capture_output=True, text=True)
    found = {
        row: re.search(rf"^{row} +{number}", done.stdout, re.M) for row, number in ROWS.items()
    }
    if done.returncode or None in found.values():
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return {row: float(match[1]) for row, match in found.items() if match}


def device() -> str:
    """The GPU's name, or the processor's and its cores."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"


def main(
    preset: str = str(ROOT / "training" / "configs" / "paper.yaml"),
    resolutions: list[int] = [64, 128, 256],  # noqa: B006, of jsonargparse's flags, never changed
    batches: list[int] = [1, 4, 8],  # noqa: B006
    flags: list[str] = [],  # noqa: B006
) -> None:
    """Rehearse a preset at every resolution and batch.

    Args:
        preset: a configuration with two sources
        resolutions: pixels
        batches: pictures of each domain in a step
        flags: more flags of the trainer, such as --gradient_checkpointing=true
    """
    print(" ".join([Path(preset).stem, *flags, "on", device()]), end="\n\n")
    print("| pixels | batch | memory, GiB | a step, s | images/s |\n|---|---|---|---|---|")
    for resolution in resolutions:
        for batch in batches:
            told = rehearsed(preset, resolution, batch, flags)
            row = (told["memory"], told["a step"], batch / told["a step"])
            figures = " | ".join(f"{figure:.3g}" for figure in row)
            print(f"| {resolution} | {batch} | {figures} |", flush=True)


if __name__ == "__main__":
    auto_cli(main, as_positional=False)
