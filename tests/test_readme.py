"""The README's header is what a Space reads."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


def header():
    _, front, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front)


def test_the_header_says_what_a_space_needs():
    said = header()
    assert said["sdk"] == "gradio" and (ROOT / said["app_file"]).is_file()
    assert said["license"] == "apache-2.0" and len(said["short_description"]) <= 60
    assert isinstance(said["models"], list) and isinstance(said["python_version"], str)


def test_the_gradio_of_the_space_is_one_that_we_allow():
    allowed = (ROOT / "requirements.txt").read_text().partition("gradio>=")[2].split()[0]
    version = [int(part) for part in header()["sdk_version"].split(".")]
    assert version >= [int(part) for part in allowed.split(".")]


def test_the_picture_and_the_pages_that_the_readme_names_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("docs/images/edges2fruit.png", "docs/architecture.md", "docs/training.md"):
        assert name in text and (ROOT / name).is_file()
