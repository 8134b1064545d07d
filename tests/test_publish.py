import json
import shutil

import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from munit_hub import MunitModel
from training.best import keep_best
from training.checkpoint import find_checkpoint, load_checkpoint, save_checkpoint
from training.command_line import parse_config
from training.provenance import record_start
from training.publish import main
from training.run import Run
from training.system import build_objective


@pytest.fixture
def run_dir(tmp_path):
    """A run of no steps, whose averaged weights are all 0.5."""
    directory = tmp_path / "run"
    config = {
        "output_dir": str(directory),
        "max_steps": 10,
        "data": {"resolution": 32, "sources": {n: {"path": "x"} for n in ("edges", "fruit")}},
        "munit": {
            "model": {"base_width": 4, "num_residual_blocks": 1},
            "critic": {"base_width": 4, "num_layers": 1},
        },
        "card": {"title": "Tiny fruit", "license": "cc-by-sa-4.0", "attribution": "By Somebody."},
    }
    directory.mkdir()
    (directory / "train.yaml").write_text(yaml.safe_dump(config))
    parsed = parse_config(["--config", str(directory / "train.yaml")])
    run = Run(build_objective(parsed), parsed, torch.device("cpu"))
    for average in run.ema.shadow_params:
        average.fill_(0.5)
    save_checkpoint(directory, 7, run.state() | {"step": 7}, keep=1)
    return directory


def test_the_averaged_weights_are_published_in_half_precision_with_the_figures(run_dir, tmp_path):
    (tmp_path / "report.json").write_text(json.dumps({"lpips": 0.25, "seed": 0}))
    main(run_dir, tmp_path / "model", tmp_path / "report.json")
    stored = load_file(tmp_path / "model" / "diffusion_pytorch_model.safetensors")
    assert {t.dtype for t in stored.values()} == {torch.float16}
    assert all((t == 0.5).all() for t in stored.values())
    model = MunitModel.from_pretrained(tmp_path / "model", torch_dtype=torch.float32)
    assert model.config.sample_size == 32 and model.dtype == torch.float32
    card = (tmp_path / "model" / "README.md").read_text()
    told = ("Tiny fruit", "| lpips | 0.25 |", "| Steps | 7 |", "By Somebody.", "cc-by-sa-4.0")
    for part in (*told, "| Domain fruit | x, split train |"):
        assert part in card


def test_a_run_with_the_perceptual_loss_is_published_without_its_network(run_dir, tmp_path):
    config = yaml.safe_load((run_dir / "train.yaml").read_text())
    config["munit"] |= {"weights": {"perceptual": 1.0}, "vgg16": str(tmp_path / "none")}
    (run_dir / "train.yaml").write_text(yaml.safe_dump(config))
    main(run_dir, tmp_path / "model")
    assert "perceptual 1.0" in (tmp_path / "model" / "README.md").read_text()


def test_the_card_shows_the_newest_samples(run_dir, tmp_path):
    (run_dir / "samples").mkdir()
    for step, colour in ((5, "red"), (7, "green")):
        Image.new("RGB", (8, 8), colour).save(run_dir / "samples" / f"{step:08d}.png")
    main(run_dir, tmp_path / "model")
    with Image.open(tmp_path / "model" / "samples.png") as shown:
        assert shown.convert("RGB").getpixel((0, 0)) == (0, 128, 0)
    assert "samples.png" in (tmp_path / "model" / "README.md").read_text()


def test_the_best_checkpoint_is_published_where_it_is_wanted(run_dir, tmp_path):
    state = load_checkpoint(find_checkpoint(run_dir, "latest"))
    state["ema"]["shadow_params"] = [torch.ones_like(p) for p in state["ema"]["shadow_params"]]
    keep_best(run_dir, state | {"step": 3}, {"frechet": 1.0}, "frechet", limit=1)
    main(run_dir, tmp_path / "model", which="best")
    stored = load_file(tmp_path / "model" / "diffusion_pytorch_model.safetensors")
    assert all((t == 1).all() for t in stored.values())
    assert "| Steps | 3 |" in (tmp_path / "model" / "README.md").read_text()


def test_a_title_may_be_another_than_the_runs(run_dir, tmp_path):
    main(run_dir, tmp_path / "model", title="Small fruit")
    card = (tmp_path / "model" / "README.md").read_text()
    assert "\n# Small fruit\n" in card


def test_a_run_without_a_checkpoint_is_named(run_dir, tmp_path):
    shutil.rmtree(run_dir / "checkpoints")
    with pytest.raises(ValueError, match="run holds no checkpoint"):
        main(run_dir, tmp_path / "model")


def test_the_card_tells_the_origin_of_the_run_that_is_given(run_dir, tmp_path):
    start = {"data": {"fruit": {"pictures": 7, "fingerprint": "123"}}, "commit": "abc"}
    record_start(run_dir, start | {"machine": "M", "versions": {"torch": "2.0"}})
    moved = run_dir.rename(tmp_path / "moved")
    main(moved, tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text()
    for row in ("Pictures | 7 of fruit", "Commit | abc", "Fingerprints | 123 of fruit"):
        assert f"| {row} |" in card
    assert "| Versions | torch 2.0 |" in card and "| munit.critic | base_width 4, num" in card
