import asyncio

import pytest

pytest.importorskip("gradio")
pytest.importorskip("jsonargparse")

import httpx

from benchmarks import load


def test_many_clients_are_served_and_counted(running_page):
    found = load.under_load(running_page, clients=3, seconds=1)
    assert found["failed"] == found["busy"] == 0
    assert found["requests"] == found["served"] >= 3
    assert 0 < found["latency_p50_s"] <= found["latency_p95_s"]
    assert found["pictures_per_s"] > 0


@pytest.mark.parametrize(
    ("status", "said", "end"),
    [
        (503, '{"detail": "Too many: please try again."}', "busy"),
        (200, '{"event_id": "a"}', "failed"),  # and then no pictures
    ],
)
def test_what_is_not_served_is_told_apart(status, said, end):
    async def ask():
        transport = httpx.MockTransport(lambda _: httpx.Response(status, text=said))
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
            return await load._translate(http, [])

    assert asyncio.run(ask()) == end


@pytest.mark.slow
def test_memory_and_a_restart_after_a_kill(tiny_sketch_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MUNIT_HUB_MODEL", tiny_sketch_model)
    monkeypatch.setattr(load, "WARM", 3)
    page = load.PageProcess(tmp_path)
    try:
        grown = load.growth(page, 4)
    finally:
        page.kill()
    assert grown["memory_after_4_mb"] > 100
    found = load.restart(tmp_path, workers=1)
    assert 0 < found["page_after_s"] < found["served_after_s"]
