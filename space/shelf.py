"""Costly things made once for each key and kept; the least recently used are put away."""

from __future__ import annotations

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
        self._pinned: set[str] = set()
        self._lock = Lock()

    def get(self, key: str, *more: Any) -> Thing:
        """The thing of a key, made by the first who asks. What its making raises is not kept."""
        with self._lock:
            mine = key not in self._futures
            future = self._futures.setdefault(key, Future())
            self._futures.move_to_end(key)
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

    def _fill(self, key: str, future: Future[Thing], more: tuple[Any, ...]) -> None:
        try:
            future.set_result(self._make(key, *more))
        except BaseException as error:
            with self._lock:
                self._futures.pop(key, None)
            future.set_exception(error)

    def _overdue(self) -> list[Future[Thing]]:
        """The finished things that are too many, the oldest first, taken off."""
        loose = [key for key in self._futures if key not in self._pinned]
        finished = [key for key in loose if self._futures[key].done()]
        return [self._futures.pop(key) for key in finished[: max(len(loose) - self._size, 0)]]
