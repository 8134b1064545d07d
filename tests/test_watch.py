import logging
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.tiny_objectives import tiny_objective
from training import recorder
from training.config import DataConfig, TrainConfig
from training.run import Run
from training.step import NonFiniteError
from training.train import main
from training.watch import CollapseAlarm, one_colour

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


def test_a_picture_of_one_colour_is_to_blame_by_name(arguments, tmp_path):
    folder = tmp_path / "paper"
    folder.mkdir()
    for i in range(2):
        Image.new("RGB", (32, 32), "white").save(folder / f"{i}.png")
    flags = [f"--data.sources.edges.path={folder}", "--data.sources.edges.part=null"]
    flags += ["--munit.model.num_residual_blocks=4", "--report_to=none"]
    with pytest.raises(NonFiniteError, match="A picture of edges is of one colour, by which"):
        main([*arguments, *flags])


def test_pictures_of_more_colours_are_not_to_blame():
    pictures = torch.zeros(2, 3, 4, 4)
    pictures[0, 1, 0, 0] = pictures[1, 2, 3, 3] = 1
    assert one_colour({"fruit": pictures, "fruit/labels": torch.zeros(2)}) == ""
    pictures[1] = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)
    assert "of a and of b is" in one_colour({"a": pictures, "b": pictures})


def test_memory_is_what_was_used_so_far():
    code = (
        "import torch; from training.watch import peak_memory; cpu = torch.device('cpu');"
        "before = peak_memory(cpu); held = torch.ones(100_000_000); del held;"
        "print(peak_memory(cpu) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert 300e6 < int(done.stdout) < 600e6
