"""Work that takes too long is stopped between two layers of the network."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch.nn.modules.module import register_module_forward_pre_hook

# A context variable, because gradio starts the work in another thread than the one that asks.
_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """A network that runs here, or in a thread started here, raises TimeoutError once late."""
    before = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(before)


def _stop_when_late(module: object, inputs: object) -> None:
    if time.monotonic() > _until.get():
        raise TimeoutError("This takes too long here.")


register_module_forward_pre_hook(_stop_when_late)
