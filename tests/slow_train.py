"""`training/train.py` where the main process takes five seconds more to write at the end."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from training import loop, train


def slow(write):
    return lambda *given, **named: time.sleep(5) or write(*given, **named)


loop.save_debug, train.leave_model = slow(loop.save_debug), slow(train.leave_model)
sys.exit(train.main())
