"""The page as a person starts it: `python app.py` with a tiny random model, once for all tests."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # The workers share the cores: one thread for each, and for the processes that it starts.
    # torch reads it when it is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # `make test &`: a shell lets what it starts so ignore Ctrl-C, and tests of it would fail.
    signal.signal(signal.SIGINT, signal.default_int_handler)

import torch

from tests.browser import browser_is_here, chromium, visit  # noqa: F401, fixtures
from tests.hostile import TOKEN, honest, trap, unharmed, visitor  # noqa: F401, fixtures
from tests.hub_server import hub, hub_datasets  # noqa: F401, fixtures
from tests.tiny_fruits import fruits  # noqa: F401, a fixture
from tests.tiny_runs import arguments, pictures  # noqa: F401, fixtures
from tests.tiny_work import here, saved_model, translate  # noqa: F401, fixtures

ROOT = Path(__file__).parents[1]


class RunningPage(NamedTuple):
    url: str
    log: Path  # what the server printed


@pytest.fixture(scope="session")
def tiny_sketch_model(tmp_path_factory):
    """A folder with a random model of 32 x 32 pixels, from edges to fruit and back."""
    import torch

    from munit_hub import MunitModel

    torch.manual_seed(0)
    model = MunitModel(
        domain_names=["edges", "fruit"],
        base_width=4,
        num_residual_blocks=1,
        mlp_width=8,
        sample_size=32,
    )
    folder = tmp_path_factory.mktemp("model")
    model.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def running_page(tiny_sketch_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with start_page(folder, MUNIT_HUB_MODEL=tiny_sketch_model, HF_HUB_OFFLINE="1") as page:
        yield page


@contextmanager
def start_page(folder, **environment):
    """A page in a process of its own, with its files in `folder`; its address and its log."""
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(free_port()),  # two that look for one may find the same
        "GRADIO_TEMP_DIR": str(folder / "cache"),
        "SOME_TOKEN": TOKEN,
        "PYTHONUNBUFFERED": "1",
        **environment,
    }
    log, elsewhere = folder / "log", folder / "elsewhere"
    elsewhere.mkdir()
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            cwd=elsewhere,  # as `munit-hub demo` may be: gradio gives out what is in this folder
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        yield RunningPage(_address(server, log), log)
        assert server.poll() is None, log.read_text()  # or another page may have had its address
    finally:
        server.terminate()  # not SIGINT, which is ignored in what a shell starts with `&`
        server.wait(timeout=60)


def free_port():
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _address(server, log):
    """The address that the server prints once it answers."""
    while server.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found.group()
        time.sleep(0.2)
    raise RuntimeError(f"app.py ended:\n{log.read_text()}")


@pytest.fixture(autouse=True)
def same_threads():
    """Training in this process sets torch's threads, and their number decides how sums round."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
