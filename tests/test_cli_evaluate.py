"""`munit-hub evaluate`, which hands over to the trainer."""

import sys
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from munit_hub import UnitModel
from munit_hub.cli import main
from tests.needs import need
from tests.tiny_fruits import WEIGHTS
from tests.tiny_models import tiny_model


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    def call(*args):
        code = main(["evaluate", *map(str, args)])
        return code, *capfd.readouterr()

    model = tiny_model(UnitModel)
    model.register_to_config(sample_size=32)
    model.save_pretrained(tmp_path / "model")
    return call


def test_a_model_is_measured_and_its_card_says_so(run, fruits, tmp_path):
    need(WEIGHTS.is_dir(), "../shared/weights")
    model, out = tmp_path / "model", tmp_path / "report"
    flags = ["--weights", WEIGHTS, "--output", out, "--cache-dir", tmp_path, "--push", model]
    flags += ["--metrics", "quality,truth", "--inputs", 2, "--images", 40, "--paired"]
    source = f"{{path: {fruits}, edges: {{low: 40}}}}"
    code, said, wrong = run(model, "--source", source, "--target", fruits, *flags)
    assert code == 0, wrong
    assert "Frechet distance" in said and str(out / "report.md") in said
    results = {r.metric_type: r for r in ModelCard.load(model / "README.md").data.eval_results}
    assert results["frechet_alexnet"].metric_name == (
        "Frechet distance (alexnet, 40 real, 40 translated)"
    )
    assert {"psnr", "lpips_to_truth_best"} < results.keys()
    code, _, wrong = run(model, "--source", source, "--target", fruits, *flags)
    assert code == 2 and "--overwrite" in wrong


def test_without_the_trainer_there_is_a_sentence(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "training.measuring.asking", None)
    given = ["--source", "x", "--target", "x", "--weights", "x", "--output", tmp_path / "new"]
    code, _, wrong = run(tmp_path / "model", *given)
    assert code == 1 and "needs the trainer" in wrong and "pip install" in wrong
    assert not (tmp_path / "new").exists()


def test_what_does_not_fit_is_a_sentence(run, tmp_path):
    given = ["--source", "{path: x, colour: red}", "--target", "x", "--weights", "x"]
    code, _, wrong = run(tmp_path / "model", *given, "--output", tmp_path / "new")
    assert code == 1 and wrong.startswith("Error: {path: x, colour: red} is no source")
    assert len(wrong.splitlines()) == 1 and not Path(tmp_path / "new").exists()


def test_a_place_for_the_figures_that_is_none_is_told_before_the_measurement(run, hub, tmp_path):
    given = ["--source", "x", "--target", "x", "--weights", "x", "--output", tmp_path / "new"]
    for place, said in (
        (tmp_path / "mien", "does not exist"),
        ("me/mien", "me/mien"),
    ):
        code, _, wrong = run(tmp_path / "model", *given, "--push", place)
        assert code == 1 and said in wrong and len(wrong.splitlines()) == 1
    assert not (tmp_path / "new").exists()
