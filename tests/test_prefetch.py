import os
import threading

import pytest

from training import prefetch
from training.prefetch import QUEUE_SIZE, on_all_cores, prefetched, usable_cores


def test_items_come_in_order_and_no_more_are_made_than_fit():
    made, before = [], threading.active_count()
    items = prefetched(lambda number: made.append(number) or number, start=3)
    assert [next(items) for _ in range(5)] == [3, 4, 5, 6, 7]
    items.close()
    assert threading.active_count() == before
    assert made == list(range(3, 3 + len(made))) and len(made) <= 5 + QUEUE_SIZE + 1


def test_an_error_comes_after_what_was_made_before_it():
    items = prefetched(lambda number: 6 // (2 - number))
    assert [next(items), next(items)] == [3, 6]
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_a_thread_that_waits_does_not_keep_the_loop_from_ending(monkeypatch):
    monkeypatch.setattr(prefetch, "PATIENCE", 0.05)
    arrives, before = threading.Event(), threading.active_count()
    items = prefetched(lambda number: arrives.wait() if number else number)
    assert next(items) == 0
    items.close()  # for ever, if it waited for the second
    assert threading.active_count() == before + 1
    arrives.set()


def test_who_waits_for_an_item_can_be_stopped(monkeypatch):
    monkeypatch.setattr(prefetch, "PATIENCE", 0.05)
    arrives, stops = threading.Event(), []
    items = prefetched(lambda number: arrives.wait(20) if number else number, stops=stops)
    assert next(items) == 0
    stops.append(1)
    assert next(items, "stopped") == "stopped"
    arrives.set()


def test_all_cores_work_and_the_order_stays():
    met = threading.Barrier(min(2, usable_cores()))

    def made(i):
        if i < 2:
            met.wait(20)  # passes where two work at once
        if i == 3:
            raise ValueError("no picture")
        return i * i

    futures = list(on_all_cores(made, 50))
    with pytest.raises(ValueError, match="no picture"):
        futures.pop(3).result()
    assert [future.result() for future in futures] == [i * i for i in range(50) if i != 3]
    assert list(on_all_cores(made, 0)) == []


def test_what_is_closed_begins_nothing_more():
    begun, go_on = [], threading.Event()

    def made(number):
        begun.append(number)
        return number if number == 0 else go_on.wait(30)

    futures = on_all_cores(made, 50)
    assert next(futures).result() == 0
    threading.Timer(0.2, go_on.set).start()
    futures.close()  # those that wait were begun, one a core
    assert len(begun) <= 1 + usable_cores()


def test_where_a_process_cannot_know_its_cores_it_has_all(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on a Mac
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert usable_cores() == 3
    assert [future.result() for future in on_all_cores(lambda i: i, 4)] == [0, 1, 2, 3]
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1
