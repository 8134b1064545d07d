"""Models measured by the protocol, on drawn fruits with the fruits themselves as the truth."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from munit_hub import BicycleGanModel, CycleGanModel, MunitModel, TunitModel, UnitModel
from tests.tiny_fruits import COUNT, SMALL, WEIGHTS
from tests.tiny_models import tiny_model
from training import found_report
from training.measuring import classes
from training.measuring.asking import Asked, load_to_measure, open_task, parse_source
from training.measuring.diversity import distances_of_pairs, nearness, real_diversity
from training.measuring.evaluate import evaluate, open_judges
from training.measuring.protocol import Protocol
from training.measuring.sheets import extremes
from training.metrics.alexnet import AlexNetFeatures
from training.metrics.lpips import Lpips, load_lpips
from training.sources import SourceConfig

QUALITY = {"frechet", "kernel", "density", "coverage", "precision", "recall"}


@pytest.fixture
def ask(fruits, tmp_path):
    """What is asked of a model of that class, on edges of the fruits and the fruits."""

    def asked(model_class, **other):
        model = tiny_model(model_class)
        model.register_to_config(sample_size=32)
        model.save_pretrained(tmp_path / "model")
        (tmp_path / "cache").mkdir(exist_ok=True)
        edges = parse_source(f"{{path: {fruits}, edges: {{low: 40}}}}")
        given = {"paired": True, "protocol": SMALL, "cache_dir": str(tmp_path / "cache")} | other
        place = str(tmp_path / "model")
        return Asked(place, edges, SourceConfig(fruits), str(WEIGHTS), **given)

    return asked


def test_everything_is_measured_and_says_of_how_much(ask, fruits, tmp_path):
    learnt = SourceConfig(fruits, label_column="kind")
    out = tmp_path / "report"
    evaluate(ask(MunitModel, train_target=learnt), out)
    report = json.loads((out / "report.json").read_text())
    figures = report["figures"]
    assert set(figures) == QUALITY | {
        *("diversity", "is", "cis", "psnr", "ssim", "distance_to_training"),
        *("lpips_to_truth_best", "lpips_to_truth_mean"),
    }
    assert all(figure["seed"] == 1 and figure["n"] for figure in figures.values())
    assert figures["frechet"]["n"] == {"real": 40, "translated": 40}
    assert figures["frechet"]["resize"] == "128 pixels, bilinear"
    assert figures["frechet"]["real"] < figures["frechet"]["value"]  # which has never learnt
    assert figures["diversity"]["n"] == {"inputs": 4, "pairs_each": 2}
    assert figures["diversity"]["value"] > 0 and figures["diversity"]["standard_error"] > 0
    best, mean = (figures[f"lpips_to_truth_{which}"]["value"] for which in ("best", "mean"))
    assert 0 < best < mean
    # The target's pictures are the training ones: what is real is copied exactly.
    assert figures["distance_to_training"]["real"] == pytest.approx(0, abs=1e-5)
    assert report["classifier"]["accuracy"] == 1 and figures["is"]["real"] == pytest.approx(
        np.log(2), rel=0.1
    )
    assert report["versions"]["torch"] and report["direction"] == ["edges", "fruit"]
    names = {"samples", "interpolations", "neighbours", "styles"}
    text = (out / "report.md").read_text()
    assert {path.stem for path in out.glob("*.png")} == names
    assert all(f"![]({name}.png)" in text for name in names) and "accuracy" not in text[:300]
    with Image.open(out / "samples.png") as sheet:
        assert sheet.width == 10 * 34 - 2  # input, truth, four, two alike, two different


def test_the_same_seed_gives_the_same_figures(ask, tmp_path):
    asked = ask(MunitModel, metrics=("diversity", "quality"))
    first, again = (evaluate(asked, tmp_path / name)["figures"] for name in ("1", "2"))
    assert first == again
    other = ask(MunitModel, metrics=("diversity",), protocol=Protocol(4, 2, 5, 3, 40, seed=2))
    assert evaluate(other, tmp_path / "3")["figures"]["diversity"] != first["diversity"]


@pytest.mark.parametrize("model_class", [UnitModel, CycleGanModel, BicycleGanModel, TunitModel])
def test_every_system_is_measured(ask, fruits, tmp_path, model_class):
    asked = ask(model_class, train_target=SourceConfig(fruits, label_column="kind"))
    report = evaluate(asked, tmp_path / "report")
    figures = report["figures"]
    if model_class in (UnitModel, CycleGanModel):  # one output each
        assert figures["diversity"]["value"] == 0
        assert figures["cis"]["value"] == pytest.approx(0, abs=1e-12)  # a rounded sum of logarithms
        truth = figures["lpips_to_truth_best"]
        assert truth["value"] == figures["lpips_to_truth_mean"]["value"]
        assert truth["n"] == {"inputs": 4, "outputs_each": 1}
        assert not (tmp_path / "report" / "interpolations.png").exists()
    else:
        assert figures["diversity"]["value"] > 0 and figures["cis"]["value"] > 0
    assert ("contents" in report.get("codes", {})) == (model_class is UnitModel)
    assert figures.keys() > QUALITY


def test_a_model_that_gives_the_truth_is_perfect(ask, tmp_path, monkeypatch):
    asked = ask(UnitModel, metrics=("quality", "truth"))
    task, _ = open_task(asked)
    truths = {
        task.images(task.source, [i]).numpy().tobytes(): task.images(task.target, [i])
        for i in range(COUNT)
    }
    monkeypatch.setattr(
        UnitModel,
        "forward",
        lambda self, x, a, b: torch.cat(
            [
                truths[one[None].contiguous(memory_format=torch.channels_last).numpy().tobytes()]
                for one in x
            ]
        ),
    )
    full = Protocol(4, 2, 5, 3, COUNT, 1)
    figures = evaluate(ask(UnitModel, metrics=asked.metrics, protocol=full), tmp_path)["figures"]
    assert figures["frechet"]["value"] == pytest.approx(0, abs=1e-6)
    assert figures["coverage"]["value"] == figures["precision"]["value"] == 1
    assert figures["ssim"]["value"] == pytest.approx(1)
    assert figures["lpips_to_truth_mean"]["value"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("which", ["source", "target", "train_target"])
def test_pictures_of_other_channels_than_the_models_are_named(ask, fruits, which):
    grey = SourceConfig(fruits, channels=1)
    with pytest.raises(ValueError, match="channels must be 3, as the model's, not 1"):
        open_task(replace(ask(MunitModel), **{which: grey}))


def test_a_model_of_two_kinds_of_pictures_takes_both(ask, fruits, tmp_path):
    asked = replace(ask(MunitModel), target=SourceConfig(fruits, channels=1))
    shape = {"channels": [3, 1], "domain_names": ["edges", "fruit"], "sample_size": 32}
    model = MunitModel(**shape, base_width=4, num_residual_blocks=1, mlp_width=8)
    model.save_pretrained(tmp_path / "model")
    task, _ = open_task(asked)
    assert [task.images(s, [0]).shape[1] for s in (task.source, task.target)] == [3, 1]


def test_a_model_is_measured_on_the_gpu_if_there_is_one(monkeypatch):
    asked, before = [], torch.backends.cudnn.allow_tf32
    model = SimpleNamespace(to=lambda device, **_: asked.append(device) or model)
    monkeypatch.setattr("training.measuring.asking.load_model", lambda name: model)
    try:
        for there in (True, False):
            monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
            assert load_to_measure("a-model") is model
        assert not torch.backends.cudnn.allow_tf32
    finally:
        torch.backends.cudnn.allow_tf32 = before
    assert asked == ["cuda", "cpu"]


@pytest.mark.parametrize("command", [classes.main, found_report.main])
def test_every_command_loads_its_model_to_measure(command, monkeypatch):
    def load(name):
        raise ValueError(f"{name} is loaded")

    monkeypatch.setitem(command.__globals__, "load_to_measure", load)
    with pytest.raises(ValueError, match="a-model is loaded"):
        command(["a-model", "--source.path=x", *["--weights=x"] * (command is classes.main)])


@pytest.fixture
def moved(monkeypatch):
    """Where tensors and networks were sent; nothing moves, be there a GPU or not."""
    sent = []
    for kind in (torch.Tensor, torch.nn.Module):
        monkeypatch.setattr(
            kind, "to", lambda self, *to, **_: sent.append((type(self), *to)) or self
        )
    return sent


def test_the_judges_are_where_the_model_is(ask, moved):
    asked, gpu = ask(MunitModel), torch.device("cuda")
    moved.clear()
    judges = open_judges(asked, gpu, None)
    assert judges.features.device == gpu
    assert moved == [(AlexNetFeatures, gpu), (Lpips, gpu)]


def test_lpips_is_given_images_where_it_is(ask, moved, monkeypatch):
    task, _ = open_task(ask(MunitModel))
    lpips, made = load_lpips(WEIGHTS), torch.rand(4, 3, 32, 32)
    gpu = torch.device("cuda")
    monkeypatch.setattr(Lpips, "device", gpu)
    for look, images in (
        (lambda: distances_of_pairs(lpips, made, 2), 1),
        (lambda: nearness(lpips, made, made[:1]), 2),
        (lambda: extremes(lpips, made), 1),
        (lambda: real_diversity(task, lpips, SMALL), 1),
    ):
        moved.clear()
        look()
        assert moved.count((torch.Tensor, gpu)) == images


def test_what_cannot_be_measured_is_said_beforehand(ask, fruits, tmp_path):
    with pytest.raises(ValueError, match="scores needs a label_column"):
        evaluate(ask(MunitModel, metrics=("scores",)), tmp_path / "report")
    with pytest.raises(ValueError, match="truth needs paired sources"):
        evaluate(ask(MunitModel, metrics=("truth",), paired=False), tmp_path / "report")
    with pytest.raises(ValueError, match="codes needs a MUNIT or UNIT model"):
        evaluate(ask(CycleGanModel, metrics=("codes",)), tmp_path / "report")
    with pytest.raises(ValueError, match="metrics are diversity, quality.*not 'fid'"):
        evaluate(ask(MunitModel, metrics=("fid",)), tmp_path / "report")
    with pytest.raises(ValueError, match="translates into edges, fruit, not 'cat'"):
        evaluate(ask(MunitModel, domain="cat"), tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_too_few_pictures_and_pairs_that_cannot_be_are_refused(ask, fruits):
    few = SourceConfig(fruits, part="0/2")
    asked = ask(MunitModel)
    with pytest.raises(ValueError, match="40 pictures of fruit are needed, not 22"):
        open_task(Asked(asked.model, asked.source, few, asked.weights, cache_dir=asked.cache_dir))
    with pytest.raises(ValueError, match="images must be 40 or more, not 3"):
        Protocol(images=3)


@pytest.mark.parametrize("text", ["{path: x, colour: red}", "{path: x, channels: many}", "{x"])
def test_a_source_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="is no source: "):
        parse_source(text)


def test_a_source_is_a_path_or_fields():
    assert parse_source("cats/") == SourceConfig("cats/")
    found = parse_source("{path: x.parquet, part: 1/2, edges: {low: 30}}")
    assert found.part == "1/2" and found.edges.low == 30 and found.edges.high == 100
