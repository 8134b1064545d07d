"""The next few items prepared in threads while the last one is used."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

QUEUE_SIZE = 4
PATIENCE = 10.0  # seconds
POLL = 0.1  # seconds


def usable_cores() -> int:
    """How many processor cores this process may use; where that is not known, as on a Mac, all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def prefetched(make: Callable[[int], T], start: int = 0, stops: Sized = ()) -> Iterator[T]:
    """make(start), make(start + 1) and so on, prepared a few ahead in one thread.

    Without end, but where the next one has to be waited for and there is something in `stops`.
    What `make` raises is raised here. Closing the iterator (or letting go of it) ends the thread.
    """
    ready: queue.Queue[T | Exception] = queue.Queue(QUEUE_SIZE)
    stop = threading.Event()
    thread = threading.Thread(target=_fill, args=(make, ready, stop, start), daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = ready.get(timeout=POLL)
            except queue.Empty:
                if stops:
                    return
                continue
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()
        thread.join(PATIENCE)  # one that waits for a network must not keep a run from being saved


def on_all_cores(make: Callable[[int], T], count: int) -> Generator[Future[T], None, None]:
    """make(0) to make(count - 1) in their order, a few ahead, a thread on each core.

    Closing the generator waits for those that were begun, and begins no other.
    """
    workers = usable_cores()
    with ThreadPoolExecutor(workers) as pool:
        try:
            ahead = deque(pool.submit(make, i) for i in range(min(2 * workers, count)))
            for following in range(len(ahead), count + len(ahead)):
                if following < count:
                    ahead.append(pool.submit(make, following))
                yield ahead.popleft()
        except BaseException:  # closed, or Ctrl-C
            pool.shutdown(cancel_futures=True)
            raise


def _fill(make: Callable[[int], T], ready: queue.Queue, stop: threading.Event, number: int) -> None:
    while not stop.is_set():
        try:
            item: T | Exception = make(number)
        except Exception as error:  # handed to the consumer, who raises it
            item = error
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                break
            except queue.Full:
                continue
        if isinstance(item, Exception):
            return
        number += 1
