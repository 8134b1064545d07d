import logging
import subprocess
import sys
from pathlib import Path

import torch

from tests.tiny_objectives import tiny_objective
from training import recorder
from training.config import DataConfig, TrainConfig
from training.run import Run
from training.train import main
from training.watch import CollapseAlarm

ROOT = Path(__file__).parents[1]


def test_a_fall_under_the_floor_is_told_once_by_name(caplog):
    alarm = CollapseAlarm(0.01, set())
    with caplog.at_level(logging.WARNING):
        for step, (edges, fruit) in enumerate([(0.001, 0.3), (0.002, 0.015), (0.0, 0.009)]):
            assert not caplog.records
            alarm({"edges": edges, "fruit": fruit}, step)
        alarm({"edges": 0.0, "fruit": 0.001}, 3)
    (record,) = caplog.records
    assert "At step 2 the translations of one picture into fruit differ by only 0.0090" in (
        record.getMessage()
    )


def test_a_resumed_run_still_knows_what_differed(caplog):
    config = TrainConfig("", DataConfig({}), 1)
    run, resumed = (Run(tiny_objective("munit"), config, torch.device("cpu")) for _ in range(2))
    CollapseAlarm(0.01, run.differed)({"fruit": 0.3}, 1)
    resumed.load_state(run.state())
    with caplog.at_level(logging.WARNING):
        CollapseAlarm(0.01, resumed.differed)({"fruit": 0.001}, 2)
    assert "At step 2" in caplog.text


def test_a_run_looks_at_its_samples(arguments, monkeypatch, caplog):
    seen = iter([0.3, 0.3, 0.3, 0.004])  # of two domains, at the steps 2 and 4
    monkeypatch.setattr(recorder, "diversity", lambda rows: next(seen))
    with caplog.at_level(logging.WARNING):
        assert main([*arguments, "--report_to=none"]) == 0
    assert caplog.text.count("Mode collapse? At step 4") == 1
    assert "differ by only 0.0040 (log.diversity_floor is 0.01)" in caplog.text


def test_memory_is_what_was_used_so_far():
    code = (
        "import torch; from training.watch import peak_memory; cpu = torch.device('cpu');"
        "before = peak_memory(cpu); held = torch.ones(100_000_000); del held;"
        "print(peak_memory(cpu) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert 300e6 < int(done.stdout) < 600e6
