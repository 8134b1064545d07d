"""Costly things made once for each key and kept; the least recently used are put away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """At most `size` things besides the pinned ones. Who asks while one is made waits for it."""

    def __init__(
        self,
        make: Callable[..., Thing],
        size: int,
        put_away: Callable[[Thing], None] = lambda thing: None,
    ):
        """`make(key, *more)` makes a thing; `put_away` is told of those that had to go."""
        self._make, self._size, self._put_away = make, size, put_away
        self._futures: OrderedDict[str, Future[Thing]] = OrderedDict()
        self._used: dict[str, float] = {}  # when somebody asked last, on the monotonic clock
        self._pinned: set[str] = set()
        self._lock = Lock()

    def get(self, key: str, *more: Any) -> Thing:
        """The thing of a key, made by the first who asks. What its making raises is not kept."""
        with self._lock:
            mine = key not in self._futures
            future = self._futures.setdefault(key, Future())
            self._futures.move_to_end(key)
            self._used[key] = time.monotonic()
            gone = self._overdue()
        for other in gone:
            self._put_away(other.result())
        if mine:
            self._fill(key, future, more)
        return future.result()

    def pin(self, key: str) -> None:
        """Keep the thing of a key for ever, and beyond the size."""
        self._pinned.add(key)

    def is_pinned(self, key: str) -> bool:
        """Whether the thing of a key stays for ever."""
        return key in self._pinned

    def things(self) -> list[Thing]:
        """All that are finished."""
        with self._lock:
            return [future.result() for future in self._futures.values() if future.done()]

    def forget(self, age: float) -> None:
        """Put away what nobody has asked for in `age` seconds."""
        with self._lock:
            late = time.monotonic() - age
            gone = [self._take(key) for key in self._finished() if self._used[key] < late]
        for future in gone:
            self._put_away(future.result())

    def _fill(self, key: str, future: Future[Thing], more: tuple[Any, ...]) -> None:
        try:
            future.set_result(self._make(key, *more))
        except BaseException as error:
            with self._lock:
                self._take(key)
            future.set_exception(error)

    def _overdue(self) -> list[Future[Thing]]:
        """The finished things that are too many, the oldest first, taken off."""
        loose = sum(key not in self._pinned for key in self._futures)
        return [self._take(key) for key in self._finished()[: max(loose - self._size, 0)]]

    def _finished(self) -> list[str]:
        """The keys of finished things that are not pinned, the oldest first."""
        loose = [key for key in self._futures if key not in self._pinned]
        return [key for key in loose if self._futures[key].done()]

    def _take(self, key: str) -> Future[Thing]:
        del self._used[key]
        return self._futures.pop(key)
