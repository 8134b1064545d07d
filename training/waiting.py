"""Waiting for another process for hours, as no training step may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch.distributed
from accelerate import Accelerator

PATIENCE = timedelta(days=7)


@contextmanager
def main_first(accelerator: Accelerator) -> Iterator[None]:
    """The main process goes alone, then the first of each machine, then all others.

    Not accelerate's `main_process_first`: who waits there for ten minutes (NCCL; gloo: thirty) ends
    the run, which is right for a step, and a cache of a million pictures takes longer.
    """
    if accelerator.num_processes == 1:
        yield
        return
    group = torch.distributed.new_group(backend="gloo", timeout=PATIENCE)
    own = 0 if accelerator.is_main_process else 1 if accelerator.is_local_main_process else 2
    for turn in range(3):
        if turn == own:
            yield
        torch.distributed.barrier(group)
    torch.distributed.destroy_process_group(group)
