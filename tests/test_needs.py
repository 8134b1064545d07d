"""On CI a test whose needs are missing fails: a skipped one would look as good as a passed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import test_data, test_metrics, test_parity
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


BESIDE_THE_CLONE = [
    (test_parity, "TUNIT", "test_tunit_is_the_references_in_every_phase"),
    (test_parity, "TUNIT", "test_a_figure_of_tunit_that_is_not_computed_here_is_named"),
    (test_metrics, "WEIGHTS", "test_lpips_of_the_example_pictures_is_the_published_one"),
    (test_metrics, "WEIGHTS", "test_spatial_means_do_not_depend_on_the_batch"),
    (test_data, "PAIRS", "test_two_columns_of_a_table_are_pairs"),
]


@pytest.mark.parametrize(("module", "place", "name"), BESIDE_THE_CLONE)
@pytest.mark.parametrize("ci", ["true", ""])
def test_what_lies_beside_the_clone_is_needed(monkeypatch, tmp_path, module, place, name, ci):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(module, place, tmp_path / "nothing")
    test = getattr(module, name)
    with pytest.raises(pytest.fail.Exception if ci else pytest.skip.Exception, match="is missing"):
        test(*[None] * test.__code__.co_argcount)  # its fixtures, which it does not come to use
