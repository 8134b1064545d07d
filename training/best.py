"""The checkpoints that measured best, beside the newest ones: output_dir/best/step-NNNNNNNN.

The list is what is on the disk, each with its figures, so that a resumed run goes on with it.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
from pathlib import Path
from typing import Any

from training.checkpoint import checkpoints_of, write_folder

BEST, FIGURES = "best", "figures.json"
HIGHER_IS_BETTER = ("lpips",)  # of all others lower is

logger = logging.getLogger(__name__)


def keep_best(
    output_dir: Path, state: dict[str, Any], figures: dict[str, float], metric: str, limit: int
) -> None:
    """Keep a state if it is among the best `limit` by a metric, and drop the worst.

    Of equal ones the earlier is better. A figure that is not finite is never kept.
    """
    step = state["step"]
    if not math.isfinite(figures[metric]):
        logger.warning("Step %d cannot be among the best: %s is not finite.", step, metric)
        return
    final = output_dir / BEST / f"step-{step:08d}"
    found = {path: read_figures(path) for path in checkpoints_of(output_dir, BEST)}
    found[final] = figures
    places = sorted(found, key=lambda path: _place(path, found[path], metric))
    if final in places[:limit]:
        write_folder(final, state, {FIGURES: figures})
    for path in places[limit:]:
        shutil.rmtree(path, ignore_errors=True)  # the one at hand may never have been written


def best_checkpoint(output_dir: Path, metric: str) -> Path:
    """The best of all that are kept; ValueError where none is."""
    kept = checkpoints_of(output_dir, BEST)
    if not kept:
        raise ValueError(f"{output_dir} has no {BEST} checkpoints; see log.metrics_every.")
    return min(kept, key=lambda path: _place(path, read_figures(path), metric))


def read_figures(checkpoint: Path) -> dict[str, float]:
    """What was measured of one of the best."""
    figures: dict[str, float] = json.loads((checkpoint / FIGURES).read_text())
    return figures


def _place(path: Path, figures: dict[str, float], metric: str) -> tuple[float, str]:
    """What sorts the best first."""
    higher = metric.split("/")[0] in HIGHER_IS_BETTER
    return (-figures[metric] if higher else figures[metric], path.name)
