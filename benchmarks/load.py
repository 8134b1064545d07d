"""`python benchmarks/load.py`: the page under many clients, over many requests, and killed.

It starts the page itself, with the bundled model, and speaks to 127.0.0.1 alone. A request is a
sketch in eight styles by /translate; busy is the page's own answer to a full queue, after which a
client waits a second. Needs `pip install -e ".[training,space,test]"`.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx
from jsonargparse import auto_cli

from benchmarks.page_process import ROOT, PageProcess
from training.provenance import machine

SKETCH = ROOT / "space" / "examples" / "apple.png"
STYLES = 8
WARM = 200  # requests, after which memory is measured for the first time
PATIENCE = httpx.Timeout(120)


class Answers(NamedTuple):
    """How requests ended, and the seconds of those that were served."""

    ends: Counter[str]
    seconds: list[float]


def load(
    clients: int = 32,
    seconds: float = 120,
    requests: int = 0,
    workers: int | None = None,
    output: Path | None = None,
) -> None:
    """Prints a table of what the page did, and writes it as JSON where `output` says.

    clients: how many ask at once, each again as soon as it is answered; seconds: for how long;
    requests: how many are sent afterwards, four at once, to see memory grow (0: none);
    workers: translations at once (default: the page's own choice).
    """
    with TemporaryDirectory() as folder:
        page = PageProcess(Path(folder), workers)
        try:
            found = surroundings() | {"clients": clients, "workers": workers or "one for each core"}
            found |= under_load(page, clients, seconds)
            found |= growth(page, requests) if requests else {}
        finally:
            page.kill()
        found |= restart(Path(folder), workers)
    for name, value in found.items():
        print(f"{name:>24}  {value}")
    if output is not None:
        output.write_text(json.dumps(found, indent=2) + "\n")


def surroundings() -> dict[str, Any]:
    """Where and with what this was measured."""
    names = ("torch", "gradio")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return {"machine": machine(), "cores": os.cpu_count(), "versions": versions}


def under_load(page: PageProcess, clients: int, seconds: float) -> dict[str, Any]:
    """What many clients see at once for a time."""
    until = time.monotonic() + seconds
    start = time.monotonic()
    answers = asyncio.run(_ask(page.url, clients, lambda: time.monotonic() < until))
    took = time.monotonic() - start
    served = answers.ends["served"]
    cuts = statistics.quantiles(answers.seconds, n=20) if served > 1 else [0.0] * 19
    return {
        "requests": answers.ends.total(),
        **{end: answers.ends[end] for end in ("served", "busy", "failed")},
        "latency_p50_s": round(cuts[9], 2),
        "latency_p95_s": round(cuts[18], 2),
        "pictures_per_s": round(served * STYLES / took, 1),
    }


def growth(page: PageProcess, requests: int) -> dict[str, Any]:
    """Memory after `WARM` requests and after `requests` more."""
    before, after = (_after(page, count) for count in (WARM, requests))
    return {
        "memory_before_mb": round(before),
        f"memory_after_{requests}_mb": round(after),
        "memory_growth_percent": round(100 * (after / before - 1), 1),
    }


def restart(folder: Path, workers: int | None) -> dict[str, float]:
    """Seconds from a start after a kill to the first page, and to the first translation."""
    start = time.monotonic()
    page = PageProcess(folder, workers)
    try:
        httpx.get(page.url, timeout=PATIENCE).raise_for_status()
        answered = time.monotonic() - start
        left = iter([True, False])
        ends = asyncio.run(_ask(page.url, 1, lambda: next(left))).ends
        assert ends == {"served": 1}, ends
        return {
            "page_after_s": round(answered, 1),
            "served_after_s": round(time.monotonic() - start, 1),
        }
    finally:
        page.kill()


def _after(page: PageProcess, requests: int) -> float:
    left = iter(range(requests))
    ends = asyncio.run(_ask(page.url, 4, lambda: next(left, None) is not None)).ends
    assert ends == {"served": requests}, ends
    return page.megabytes()


async def _ask(url: str, clients: int, more: Callable[[], bool]) -> Answers:
    """Clients that ask for as long as there is `more` to ask."""
    answers = Answers(Counter(), [])
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=f"{url}/gradio_api", timeout=PATIENCE, limits=limits
    ) as http:
        await asyncio.gather(*(_client(http, number, more, answers) for number in range(clients)))
    return answers


async def _client(
    http: httpx.AsyncClient, number: int, more: Callable[[], bool], answers: Answers
) -> None:
    file = ("sketch.png", SKETCH.read_bytes(), "image/png")
    path = (await http.post("/upload", files={"files": file})).json()[0]
    picture = {"path": path, "meta": {"_type": "gradio.FileData"}}
    seed = number * 10_000
    while more():
        start = time.monotonic()
        try:
            end = await _translate(http, [picture, "fruit", STYLES, seed, None, None])
        except httpx.HTTPError:
            end = "failed"
        answers.ends[end] += 1
        if end == "served":
            answers.seconds.append(time.monotonic() - start)
        elif end == "busy":
            await asyncio.sleep(1)
        seed += 1


async def _translate(http: httpx.AsyncClient, values: list[Any]) -> str:
    asked = await http.post("/call/translate", json={"data": values})
    if asked.status_code == 503 and "try again" in asked.text:
        return "busy"
    event = asked.raise_for_status().json()["event_id"]
    told = (await http.get(f"/call/translate/{event}")).text
    return "served" if told.count('{"image":') == STYLES else "failed"


if __name__ == "__main__":
    auto_cli(load)
