from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep

import pytest

from space.shelf import Shelf


def test_the_least_recently_used_thing_goes_and_pinned_ones_stay():
    made, gone = [], []
    shelf = Shelf(lambda key: made.append(key) or key.upper(), 2, gone.append)
    shelf.pin("own")
    for key in ("own", "a", "b", "a", "c"):
        assert shelf.get(key) == key.upper()
    assert (made, gone) == (["own", "a", "b", "c"], ["B"])
    assert [shelf.get(key) for key in ("own", "a", "b")] == ["OWN", "A", "B"]
    assert (made, gone) == (["own", "a", "b", "c", "b"], ["B", "C"])


def test_who_asks_while_a_thing_is_made_waits_for_that_one():
    made, together, ready = [], Barrier(3), Event()

    def make(key):
        made.append(key)
        ready.wait(10)
        return object()

    shelf = Shelf(make, 1)

    def ask(key):
        together.wait(10)
        return shelf.get(key)

    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(ask, "a") for _ in range(3)]
        while not made:
            pass
        ready.set()
        things = {future.result(10) for future in asked}
    assert made == ["a"] and len(things) == 1


def test_a_failure_is_told_and_tried_again():
    tries = []

    def make(key, answer):
        tries.append(key)
        if answer is None:
            raise ValueError("no answer")
        return answer

    shelf = Shelf(make, 1)
    with pytest.raises(ValueError, match="no answer"):
        shelf.get("a", None)
    assert shelf.get("a", 3) == 3
    assert tries == ["a", "a"]


def test_what_nobody_asked_for_is_forgotten_and_pinned_things_stay():
    made, gone = [], []
    shelf = Shelf(lambda key: made.append(key) or key.upper(), 9, gone.append)
    shelf.pin("own")
    for key in ("own", "old", "used"):
        shelf.get(key)
    sleep(0.2)
    shelf.get("used")
    shelf.forget(0.1)
    assert (sorted(shelf.things()), gone) == (["OWN", "USED"], ["OLD"])
    shelf.get("old")
    assert made == ["own", "old", "used", "old"]
