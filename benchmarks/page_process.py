"""The page in a process of its own, on this machine alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 120  # seconds for a start


class PageProcess:
    """`python app.py` with the bundled model; `url` is where it answers.

    Its files lie in `folder`; `workers` is how many translate at once, None as it chooses.
    """

    def __init__(self, folder: Path, workers: int | None = None) -> None:
        own = {"GRADIO_TEMP_DIR": str(folder / "files"), "GRADIO_SERVER_NAME": "127.0.0.1"}
        own |= {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
        own |= {} if workers is None else {"MUNIT_HUB_WORKERS": str(workers)}
        self.log = folder / "log"
        with self.log.open("w") as out:
            self._process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=os.environ | own, stdout=out, stderr=out
            )
        self.url = self._address()

    def megabytes(self) -> float:
        """What the process holds in memory now."""
        import psutil  # which a page alone has not

        return psutil.Process(self._process.pid).memory_info().rss / 1e6

    def kill(self) -> None:
        """As a machine does that runs out of memory: without a goodbye."""
        self._process.kill()
        self._process.wait()

    def _address(self) -> str:
        until = time.monotonic() + _PATIENCE
        while self._process.poll() is None and time.monotonic() < until:
            if found := re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text()):
                return found.group()
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"The page did not start:\n{self.log.read_text()}")
