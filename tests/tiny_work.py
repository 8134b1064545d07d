"""A saved tiny model, pictures to translate, and the command line within this process."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from munit_hub.bulk.work import Translator, Work
from munit_hub.cli import main
from tests.tiny_models import tiny_model


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory):
    """The folder of a random model from edges to fruit."""
    folder = tmp_path_factory.mktemp("saved") / "m"
    tiny_model().save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def translate(saved_model):
    """A translator into fruit, in two styles."""
    return Translator(Work(saved_model, "fruit", num_styles=2))


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """A command line in `tmp_path`: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        capfd.readouterr()
        code = main([str(arg) for arg in args])
        return code, *capfd.readouterr()

    return call


def draw(path: Path, seed: int = 0, size: tuple[int, int] = (20, 16)) -> Path:
    """A picture of noise, another for another seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(values).save(path)
    return path


def tree(folder: Path) -> list[str]:
    """The files in a folder, hidden ones too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
