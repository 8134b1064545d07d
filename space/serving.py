"""How the page is served: by how many workers, within which bounds, for how long files stay."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import inspect
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.utils import get_upload_folder

from space import live, style_map
from space.gate import EXCEPTION_HANDLERS, MIDDLEWARE, UPLOAD
from space.leftovers import forget_sessions, sweep
from space.tools import fit_tools

KEPT = 3600  # seconds; what is a visitor's is deleted once nobody used it for so long
OPENING = "models"  # the line of what opens models
INSTANT = "instant"  # of what computes nothing, and waits for nobody
_M_ARENA_MAX = -8  # of malloc.h
_WAITING = 16  # requests for each worker that may wait, a few seconds of the bundled model
_SESSIONS = 200  # visitors whose choices are kept; a history has 4 MiB, hardly ever more


def cores() -> int:
    """Of the processor; a Space says how many of the machine's it has."""
    return int(os.environ.get("CPU_CORES") or os.cpu_count() or 1)


def workers() -> int:
    """How many translate at once, one for each core unless MUNIT_HUB_WORKERS says otherwise.

    Of 32 clients on two cores, 68 pictures a second; one worker with both cores made 55
    (benchmarks/load.py).
    """
    return int(os.environ.get("MUNIT_HUB_WORKERS") or cores())


def threads() -> int:
    """Of torch, for each worker."""
    return max(1, cores() // workers())


def share_memory() -> None:
    """One pool of memory for all threads (glibc): each would keep as much as it ever held."""
    if sys.platform == "linux":
        if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # musl has none
            mallopt(_M_ARENA_MAX, 1)


def share_workers(blocks: gr.Blocks) -> None:
    """One line to wait in for all that computes.

    Gradio would give every function workers of its own. What opens models waits for downloads, in
    a line of its own, and holds up nobody who translates. Nobody passes the line (api_open).
    """
    waiting = _WAITING * workers()
    blocks.queue(max_size=waiting, default_concurrency_limit=workers(), api_open=False)
    for function in blocks.fns.values():
        if function.concurrency_id not in (OPENING, INSTANT):
            function.concurrency_id = "model"


def options(kept: float = KEPT) -> dict[str, Any]:
    """For `launch`: bounds, deletion, and the named endpoints as MCP tools where mcp is there."""
    # Gradio ends a page whose first answer to gradio itself takes three seconds: a busy machine.
    asks = "_frontend" in inspect.signature(gr.Blocks.launch).parameters
    return ({"_frontend": False} if asks else {}) | {
        "max_file_size": UPLOAD,
        "max_threads": workers() + 4,  # what needs no model does not wait for it
        "state_session_capacity": _SESSIONS,
        "enable_monitoring": False,
        "mcp_server": find_spec("mcp") is not None,
        "app_kwargs": {
            "middleware": MIDDLEWARE,
            "exception_handlers": EXCEPTION_HANDLERS,
            "lifespan": functools.partial(_lifespan, kept=kept),
        },
    }


@asynccontextmanager
async def _lifespan(app: FastAPI, kept: float) -> AsyncIterator[None]:
    fit_tools(app.get_blocks().mcp_server_obj)
    sweeping = asyncio.create_task(_sweep_regularly(app.get_blocks(), kept))
    yield
    sweeping.cancel()


async def _sweep_regularly(blocks: gr.Blocks, kept: float) -> None:
    own = {file for block in blocks.blocks.values() for file in getattr(block, "keep_in_cache", ())}
    while True:
        await asyncio.to_thread(sweep, Path(get_upload_folder()), kept, own)
        forget_sessions(blocks.state_holder, kept)
        live.forget(kept)
        style_map.forget(kept)
        await asyncio.sleep(kept / 2)
