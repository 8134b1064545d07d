"""What the documentation shows runs: the notebook, the commands, the API reference."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from munit_hub.cli import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    notebook = nbformat.read(DOCS / "quickstart.ipynb", as_version=4)
    resources = {"metadata": {"path": str(DOCS)}}
    nbclient.NotebookClient(notebook, timeout=600, resources=resources).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert sum("image/png" in out.get("data", {}) for out in outputs) >= 4


@pytest.mark.slow
def test_the_api_reference_builds_without_a_warning(tmp_path):
    pytest.importorskip("pdoc")
    command = [sys.executable, str(DOCS / "build_api.py"), str(tmp_path / "api")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Warn" not in done.stderr
    page = (tmp_path / "api" / "munit_hub" / "pipeline.html").read_text()
    assert "The pipeline of a local folder or a Hub repository" in page
    for module in (ROOT / "munit_hub").glob("[a-z]*.py"):
        assert (tmp_path / "api" / "munit_hub" / f"{module.stem}.html").exists()


def commands():
    """Each `munit-hub ...` of the pages, whole lines of their shell blocks."""
    for page in (ROOT / "README.md", DOCS / "hub.md"):
        for block in re.findall(r"```bash\n(.*?)```", page.read_text(), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith("munit-hub"):
                    yield line.split("#")[0].split()[1:]


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words[:2]))
def test_the_commands_of_the_pages_have_the_options_they_show(words, capsys):
    assert main([words[0], "--help"]) == 0
    said = capsys.readouterr().out
    for option in (word for word in words if word.startswith("--")):
        assert re.search(rf"{option}\b", said), f"{words[0]} has no {option}"


def test_the_types_of_the_package_are_found_by_others():
    assert (ROOT / "munit_hub" / "py.typed").is_file()
    init = (ROOT / "munit_hub" / "__init__.py").read_text()
    typed = set(re.findall(r"import (\w+) as \1", init))
    import munit_hub

    assert typed == set(munit_hub.__all__)
