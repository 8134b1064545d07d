import logging

import pytest
import torch

from training.best import BEST, best_checkpoint, keep_best, read_figures
from training.checkpoint import checkpoints_of, damage, load_checkpoint


def kept(folder):
    return [int(path.name.removeprefix("step-")) for path in checkpoints_of(folder, BEST)]


def keep(folder, step, value, metric="frechet", limit=2):
    state = {"step": step, "w": torch.full((2,), value)}
    keep_best(folder, state, {metric: value}, metric, limit)


@pytest.mark.parametrize(
    ("metric", "sign"), [("frechet", 1), ("frechet/fruit", 1), ("lpips", -1), ("lpips/fruit", -1)]
)
def test_the_best_are_kept_by_the_metrics_own_nature(tmp_path, metric, sign):
    seen = []
    for step, value in enumerate([5.0, 3.0, 4.0, 3.0, 9.0, 1.0]):
        keep(tmp_path, step, sign * value, metric)
        seen.append(kept(tmp_path))
    assert seen == [[0], [0, 1], [1, 2], [1, 3], [1, 3], [1, 5]]
    best = best_checkpoint(tmp_path, metric)
    assert best.name == "step-00000005" and damage(best) is None
    assert read_figures(best) == {metric: sign} and load_checkpoint(best)["step"] == 5


def test_a_resumed_run_keeps_what_one_does_that_never_stopped(tmp_path):
    values = [5.0, 2.0, 4.0, 1.0, 3.0, 0.5]
    for name, steps in (("whole", range(6)), ("resumed", [0, 1, 2, 3, 2, 3, 4, 5])):
        for step in steps:
            keep(tmp_path / name, step, values[step])
    assert kept(tmp_path / "whole") == kept(tmp_path / "resumed") == [3, 5]


def test_what_is_not_finite_is_never_the_best(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        keep(tmp_path, 1, float("nan"))
    assert "Step 1 cannot be among the best: frechet is not finite." in caplog.text
    with pytest.raises(ValueError, match="has no best checkpoints; see log.metrics_every"):
        best_checkpoint(tmp_path, "frechet")
