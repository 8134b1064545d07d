"""`python benchmarks/quality.py`: the paper's table on real data, for every system the same.

Trains what is missing, measures every model by the protocol of docs/metrics.md, and writes
docs/results.md with pictures. An interrupted run goes on; a folder that holds a run with other
flags is refused, and one of other steps, unless these are more and the learning rates constant.
`--steps`, `--systems` and `--tables` make it smaller, `--help` lists what else there is. On two
cores a system's 4,000 steps at 64 pixels take some 25 minutes, and there are fifteen runs;
`--at_once 2` takes two thirds of the time.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jsonargparse import auto_cli

from benchmarks.tables import main

if __name__ == "__main__":
    try:
        auto_cli(main, as_positional=False)
    except (ValueError, OSError) as error:
        sys.exit(f"quality.py: {error}")
