"""Real training runs of the tiniest networks on drawn pictures, for the tests of the trainer."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from training.checkpoint import checkpoints_of, load_checkpoint

ROOT = Path(__file__).parent.parent
TRAIN = str(ROOT / "training" / "train.py")
LAUNCH = ["launch", "--num_processes", "1", "--num_machines", "1", "--cpu", "--quiet"]
LAUNCH += ["--mixed_precision", "no", "--dynamo_backend", "no"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of 12 drawn fruits."""
    folder = tmp_path_factory.mktemp("fruit")
    generator = np.random.default_rng(0)
    for i in range(12):
        canvas = np.full((40, 40, 3), 255, np.uint8)
        colour = generator.integers(0, 200, 3).tolist()
        cv2.circle(canvas, (20, 20), int(generator.integers(8, 18)), colour, -1)
        Image.fromarray(canvas).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def arguments(pictures, tmp_path):
    """The configuration of a run with the tiniest networks."""
    source = {"path": str(pictures)}
    config = {
        "output_dir": str(tmp_path / "run"),
        "max_steps": 4,
        "precision": "fp32",
        "cpu_threads": 1,
        "data": {
            "resolution": 32,
            "batch_size": 2,
            "cache_dir": str(tmp_path / "cache"),
            "sources": {
                "edges": source | {"part": "0/2", "edges": {"low": 40}},
                "fruit": source | {"part": "1/2"},
            },
        },
        "munit": {
            "model": {"base_width": 4, "num_residual_blocks": 1, "mlp_width": 8},
            "critic": {"base_width": 4, "num_layers": 2},
        },
        "unit": {
            "model": {"base_width": 4, "num_residual_blocks": 1},
            "critic": {"base_width": 4, "num_layers": 2},
        },
        "cyclegan": {
            "model": {"base_width": 4, "num_residual_blocks": 1, "noise_channels": 2},
            "critic": {"base_width": 4, "num_layers": 1},
            "pool_size": 3,
        },
        "bicyclegan": {
            "model": {"base_width": 4, "num_residual_blocks": 1, "style_dim": 2},
            "critic": {"base_width": 4, "num_layers": 1},
        },
        "log": {"samples_every": 2, "sample_images": 2, "checkpoint_every": 2},
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return [f"--config={path}"]


ACCELERATE = [str(Path(sys.executable).with_name("accelerate")), *LAUNCH, TRAIN]
PLAIN = [sys.executable, TRAIN]  # as `make train` does it


def launch(*arguments, command=ACCELERATE, **options):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        **options,
    )


def finish(process, timeout=180):
    output, _ = process.communicate(timeout=timeout)
    return process.returncode, output


def last_state(output_dir):
    return load_checkpoint(checkpoints_of(output_dir)[-1])


def states_of(folder):
    return {path.name: load_checkpoint(path) for path in checkpoints_of(folder)}


def differences(one, other, name="state"):
    """Where two states differ, be it in the last bit or in a type."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        same = one.dtype == other.dtype and torch.equal(one, other)
        return [] if same else [name]
    if type(one) is not type(other):
        return [name]
    if isinstance(one, (dict, list, tuple)):
        pairs = one if isinstance(one, dict) else range(len(one))
        if len(one) != len(other) or (isinstance(one, dict) and one.keys() != other.keys()):
            return [name]
        return [d for key in pairs for d in differences(one[key], other[key], f"{name}.{key}")]
    return [] if one == other else [name]
