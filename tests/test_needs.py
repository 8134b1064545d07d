"""On CI a test whose needs are missing fails: a skipped one would look as good as a passed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import need

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("ci", ["true", "", None])
def test_what_is_missing_fails_on_ci_and_is_skipped_elsewhere(monkeypatch, ci):
    monkeypatch.delenv("CI", raising=False)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    need("here", "Chromium")
    outcome = pytest.fail.Exception if ci == "true" else pytest.skip.Exception
    with pytest.raises(outcome, match="Chromium is missing on this machine"):
        need(None, "Chromium")


@pytest.mark.slow
@pytest.mark.parametrize(("ci", "code", "outcome"), [("true", 1, "1 error"), ("", 0, "1 skipped")])
def test_the_page_needs_chromium(ci, code, outcome):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "tests/test_page.py", "-k", "first_stroke"],
        cwd=ROOT,
        env=os.environ | {"CI": ci, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, outcome in done.stdout) == (code, True), done.stdout
    assert "Chromium is missing on this machine" in done.stdout
