"""The README's header is what a Space reads."""

import json
import re
from pathlib import Path

import pytest
import yaml
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]


def header():
    _, front, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front)


def examples(*words):
    """The Python examples of the README in which all of `words` occur."""
    found = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return (example for example in found if all(word in example for word in words))


def test_the_header_says_what_a_space_needs():
    said = header()
    assert said["sdk"] == "gradio" and (ROOT / said["app_file"]).is_file()
    assert said["license"] == "apache-2.0" and len(said["short_description"]) <= 60
    assert isinstance(said["models"], list) and isinstance(said["python_version"], str)


def test_the_gradio_of_the_space_is_one_that_we_allow():
    allowed = (ROOT / "requirements.txt").read_text().partition("gradio[mcp]>=")[2].split()[0]
    version = [int(part) for part in header()["sdk_version"].split(".")]
    assert version >= [int(part) for part in allowed.split(".")]


def test_the_picture_and_the_pages_that_the_readme_names_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("docs/images/edges2fruit.png", "docs/page.md", "docs/training.md"):
        assert name in text and (ROOT / name).is_file()


def test_the_pictures_of_the_page_are_there_and_small():
    docs = ROOT / "docs"
    shown = re.findall(r'(?:src|srcset)="(.*?)"', (docs / "page.md").read_text(encoding="utf-8"))
    assert len(shown) == 20
    assert sum((docs / name).stat().st_size for name in shown) < 2_000_000


def test_the_page_is_sent_as_many_hostile_inputs_as_said():
    pytest.importorskip("gradio")
    pytest.importorskip("mcp")
    from tests import test_page_attack, test_page_routes, test_page_tools

    tests = [*vars(test_page_attack).values(), *vars(test_page_tools).values()]
    marks = [mark for test in tests for mark in getattr(test, "pytestmark", ())]
    number = sum(len(list(mark.args[1])) for mark in marks if mark.name == "parametrize")
    number += len(test_page_attack.places(1, "")) + len(test_page_routes.ASKED.split())
    number += len(test_page_routes.BODIES)
    assert f"{number} hostile inputs" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs_as_it_stands(tmp_path, monkeypatch):
    sketch = Image.new("RGB", (200, 160), "white")
    ImageDraw.Draw(sketch).ellipse((30, 20, 170, 140), outline="black", width=5)
    sketch.save(tmp_path / "sketch.png")
    Image.new("RGB", (100, 100), "red").save(tmp_path / "apple.jpg")
    (tmp_path / "space").symlink_to(ROOT / "space")
    monkeypatch.chdir(tmp_path)
    example = next(examples("TranslationPipeline", "clean_drawing"))
    names = {}
    exec(example, names)
    with Image.open(tmp_path / "fruit.png") as fruit:
        assert fruit.size == (96, 96)
    assert names["y"].shape == (1, 3, 96, 96)


def test_the_tunit_example_runs_as_it_stands(tmp_path, monkeypatch):
    for name, colour in (("fruit", "red"), ("tomato", "orange")):
        Image.new("RGB", (80, 64), colour).save(tmp_path / f"{name}.png")
    (tmp_path / "space").symlink_to(ROOT / "space")
    monkeypatch.chdir(tmp_path)
    example = next(examples("TranslationPipeline", "tunit-fruits10"))
    names = {}
    exec(example, names)
    assert names["out"].images[0][0].size == (80, 64)
    assert len(names["translate"]("fruit.png", target="3").images[0]) == 1


@pytest.mark.parametrize("example", examples("127.0.0.1:7860"))
def test_the_examples_for_programs_run(example, running_page, tmp_path, monkeypatch):
    Image.open(ROOT / "space" / "examples" / "apple.png").save(tmp_path / "sketch.png")
    Image.new("RGB", (100, 100), "red").save(tmp_path / "apple.jpg")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example.replace("http://127.0.0.1:7860", running_page.url), names)
    if "gallery" in names:
        assert len(names["gallery"]) == 4 and len(names["walk"]) == 5
    else:
        with Image.open(tmp_path / "seen.png") as seen:
            assert seen.size == (32, 32)


@pytest.mark.parametrize(
    "preset, name", [("edges2fruit", "munit-edges2fruit"), ("tunit-fruits10",) * 2]
)
def test_the_presets_model_is_the_bundled_one(preset, name):
    told = yaml.safe_load((ROOT / "training" / "configs" / f"{preset}.yaml").read_text())
    folder = ROOT / "space" / "models" / name
    config = json.loads((folder / "config.json").read_text())
    widths = told[told.get("system", "munit")]["model"]
    assert {key: config[key] for key in widths if key in config} == {
        key: value for key, value in widths.items() if key in config
    }
    assert config["sample_size"] == told["data"]["resolution"]
    assert f"| Steps | {told['max_steps']} |" in (folder / "README.md").read_text()
