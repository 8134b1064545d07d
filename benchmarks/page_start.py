"""`python benchmarks/page_start.py [STARTS]`: seconds from `python app.py` to its page over HTTP.

It runs with what requirements.txt installs, as a Space has it: `.venv` after `make demo`. With all
that `make test` installs, diffusers imports more. The first start may find nothing compiled yet, so
it is printed and not counted.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.page_process import PageProcess


def start() -> float:
    """Seconds until the page's first answer; the page is stopped then."""
    with TemporaryDirectory() as folder:
        begun = time.monotonic()
        page = PageProcess(Path(folder))
        try:
            urlopen(page.url).read()
            return time.monotonic() - begun
        finally:
            page.kill()


def main(starts: int) -> None:
    """Print every start, and the median of all but the first."""
    print(f"first: {start():.1f} s", flush=True)
    took = [start() for _ in range(starts)]
    print("then: " + ", ".join(f"{seconds:.1f}" for seconds in took), "s")
    print(f"median of {starts}: {statistics.median(took):.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 7)
