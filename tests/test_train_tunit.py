"""TUNIT trained as its users do it: one pile of pictures in, a model with found domains out."""

import json
import logging
import shutil

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from munit_hub import TranslationPipeline, TunitModel
from tests import forks
from tests.test_loop import differing, trained
from tests.tiny_runs import TRAIN, finish, last_state, launch
from training.command_line import parse_config
from training.found_domains import measure_found_domains
from training.pictures import Source
from training.publish import main as publish
from training.train import main as train


@pytest.fixture
def tunit(pictures, tmp_path):
    """The arguments of a run with the tiniest networks, half of it clustering alone."""
    config = {
        "output_dir": str(tmp_path / "run"),
        "system": "tunit",
        "max_steps": 4,
        "precision": "fp32",
        "cpu_threads": 1,
        "data": {
            "resolution": 32,
            "batch_size": 4,
            "cache_dir": str(tmp_path / "cache"),
            "sources": {"pile": {"path": str(pictures)}},
        },
        "tunit": {
            "model": {
                "num_domains": 3,
                "base_width": 4,
                "num_residual_blocks": 1,
                "num_downsamples": 1,
                "guide_width": 2,
                "style_dim": 6,
                "mlp_width": 8,
            },
            "critic": {"base_width": 4},
            "clustering_steps": 2,
            "queue_size": 8,
        },
        "optimizer": {"rmsprop": ["generator", "critic"], "weight_decays": {"guide": 1e-3}},
        "log": {"samples_every": 2, "sample_images": 2, "checkpoint_every": 2},
    }
    path = tmp_path / "tunit.yaml"
    path.write_text(yaml.safe_dump(config))
    return [f"--config={path}"]


@pytest.mark.slow
def test_a_run_leaves_a_model_that_knows_its_domains(tunit, tmp_path, monkeypatch):
    code, output = finish(launch(*tunit))
    assert code == 0, output
    assert "lr_scheduler" not in output
    run = tmp_path / "run"
    model = TunitModel.from_pretrained(run)
    assert sum(model.config.domain_sizes) == 12 and model.targets == ["0", "1", "2"]
    assert "Found 3 domains" in (run / "README.md").read_text()
    target = model.targets[int(np.argmax(model.config.domain_sizes))]
    assert TranslationPipeline(model)(Image.new("RGB", (32, 32)), target).images[0]
    with Image.open(run / "samples" / "00000004.png") as grid:  # 5 columns, 2 rows
        assert grid.size == (5 * 34 - 2, 2 * 34 - 2)
    report = json.loads((run / "report" / "report.json").read_text())
    assert list(report["domains"].values()) == model.config.domain_sizes
    assert (run / "report" / "styles.png").exists()
    monkeypatch.chdir(tmp_path)
    publish(run, tmp_path / "published")
    half = TunitModel.from_pretrained(tmp_path / "published")
    assert half.config.domain_sizes == model.config.domain_sizes
    torch.testing.assert_close(
        half.domain_styles.float(), model.domain_styles, atol=1e-3, rtol=1e-2
    )


@pytest.mark.slow
@pytest.mark.parametrize("joint", ["true", "false"])
def test_a_resumed_run_is_the_run_that_never_stopped(tunit, tmp_path, joint):
    tunit = [*tunit, f"--tunit.joint={joint}"]
    halves = [*tunit, f"--output_dir={tmp_path / 'halves'}"]
    parts = ([*halves, "--max_steps=3"], [*halves, "--resume_from_checkpoint=latest"])
    for flags in (tunit, *parts):
        code, output = forks.run(TRAIN, *flags)
        assert code == 0, output
    whole, resumed = last_state(tmp_path / "run"), last_state(tmp_path / "halves")
    assert whole["step"] == resumed["step"] == 4
    for name, value in whole["objective"].items():
        assert torch.equal(value, resumed["objective"][name]), name


@pytest.mark.slow
@pytest.mark.parametrize("labels", [False, True], ids=["unsupervised", "half-labelled"])
def test_twenty_steps_of_two_processes_are_those_of_one(request, tmp_path, monkeypatch, labels):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    flags = ["--max_steps=20", "--tunit.clustering_steps=8", "--log.samples_every=0"]
    if labels:
        flags.append("--data.sources.pile.label_fraction=0.5")
    arguments = request.getfixturevalue("labelled" if labels else "tunit")
    one, two = trained([*arguments, *flags], tmp_path)
    assert {"queue.styles", "average.trunk.0.norm.running_var"} < one.keys()
    for name in one:
        # Biases that a norm takes away again have no gradient but rounding, and Adam scales it up.
        cancelled = name.endswith(("conv.bias", "norm.running_mean"))
        atol = 1e-4 if cancelled else 1e-8
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=atol, msg=name)


@pytest.mark.slow
def test_processes_make_the_same_buffers_though_none_are_sent(tunit, tmp_path, monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    flags = ["--log.samples_every=0", "--report_to=none"]
    buffers, others = differing([*tunit, *flags], tmp_path, monkeypatch)
    assert {"queue.styles", "average.trunk.0.norm.running_var"} < buffers.keys()
    assert others == ["model.domain_styles"]  # the main process measures them after the last step


@pytest.fixture
def labelled(tunit, pictures, tmp_path):
    """The same run on the same pictures in three folders, which are their labels."""
    for i, path in enumerate(sorted(pictures.glob("*.png"))):
        folder = tmp_path / "pile" / "abc"[i % 3]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    source = "--data.sources.pile"
    return [*tunit, f"{source}.path={tmp_path / 'pile'}", f"{source}.label_column=label"]


def test_it_learns_with_a_part_of_the_labels(labelled, capsys):
    flags = ["--data.sources.pile.label_fraction=0.5", "--dry_run"]
    assert train([*labelled, *flags]) == 0
    assert "pictures of pile" in capsys.readouterr().out


def test_a_dry_run_tells_of_the_steps_with_all_networks_too(tunit, capsys):
    assert train([*tunit, "--tunit.clustering_steps=6", "--max_steps=9", "--dry_run"]) == 0
    said = capsys.readouterr().out
    assert "a step " in said and "from step 6 " in said and "9 steps " in said


def test_fewer_domains_than_classes_are_one_sentence(labelled):
    flags = ["--data.sources.pile.label_fraction=1", "--tunit.model.num_domains=2", "--dry_run"]
    with pytest.raises(ValueError, match="of 3 classes, and tunit.model.num_domains is 2"):
        train([*labelled, *flags])


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        ("--data.batch_size=1", "data.batch_size must be 2 or more, not 1"),
        ("--gradient_accumulation_steps=4", "gradient_accumulation_steps must be 1, not 4"),
        ("--data.batch_size=1", "data.batch_size must be 2 or more, not 1"),
        ("--data.paired=true", "tunit learns from one source: set data.paired to false"),
        ("--tunit.augment.hue=2", "augment.hue must be in"),
    ],
)
def test_settings_that_do_not_fit_are_one_sentence(tunit, flag, sentence, capsys):
    with pytest.raises((ValueError, SystemExit)) as stopped:
        parse_config([*tunit, flag])
    assert sentence in str(stopped.value) + capsys.readouterr().err


@pytest.mark.parametrize(
    ("bias", "said"),
    [
        ([9.0, 0.0, 0.0], ["Of the 3 domains that were looked for, these are empty: 1 and 2."]),
        ([0.0, 0.0, 0.0], []),
    ],
)
def test_empty_domains_are_a_warning(bias, said, caplog):
    torch.manual_seed(0)
    names = {"channels": [3] * 3, "domain_names": ["0", "1", "2"]}
    model = TunitModel(**names, base_width=2, num_downsamples=1, guide_width=2, style_dim=4)
    with torch.no_grad():
        model.guiding.logits.bias.copy_(torch.tensor(bias))
        model.guiding.logits.weight.mul_(0 if said else 1)
    pictures = np.random.default_rng(0).integers(0, 256, (70, 32, 32, 3), np.uint8)
    with caplog.at_level(logging.WARNING):
        measure_found_domains(model, [Source("pile", pictures)])
    assert sum(model.config.domain_sizes) == 70
    assert all(sentence in caplog.text for sentence in said)
