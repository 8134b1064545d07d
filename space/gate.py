"""What passes before gradio sees a request: its size, its time, and routes that we don't offer."""

from __future__ import annotations

import logging
import shutil
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
from fastapi.exceptions import RequestValidationError
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse

UPLOAD = 20 * 2**20  # bytes of one picture
_FORM = 2**16  # bytes that a form may lay around it
_VALUES = 8 * 2**20  # bytes of any other request; a drawing may take 4 MiB
_SILENCE = 20  # seconds that a sender may pause
_ROOM = 2**30  # bytes that uploads leave free on the disk
_BUSY = "Too many people are drawing right now: please try again in a few seconds."
# Routes of gradio that this page has no use for: they would fetch what a visitor names, hand his
# film to another program, keep what he did, or print his words in the log.
_CLOSED = (
    "proxy=",
    "file=http:",
    "file=https:",
    "file/http",
    "process_recording",
    "vibe-",
    "deep_link",
    "custom_component",
)

_Message = dict[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class _RefusedError(Exception):
    """Ends the reading of a body; a response says why."""


class Gate:
    """ASGI middleware: bodies within bounds, and a sentence where gradio would show a traceback."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        """Passes one request on, or answers it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        passage = _Passage(scope, receive, send)
        refusal = _refusal_of(scope)
        if refusal is None:
            refusal = await passage.through(self.app)
        if refusal is not None and not passage.started:
            await refusal(scope, receive, send)


def note(error: Exception) -> None:
    """One line in the log, without the visitor's words: anybody can have it written."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}, {last.name}"
    logging.getLogger(__name__).warning("refused: %s at %s", type(error).__name__, place)


class _Passage:
    """One request on its way in, and its answer on its way out."""

    def __init__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.left = _allowed(scope)
        self.whole = scope["method"] in ("GET", "HEAD")  # whether the body has arrived
        self.started = False  # whether an answer has begun
        self.endless = False  # whether it goes on until somebody ends it
        self.refusal: JSONResponse | None = None

    async def through(self, app: Callable[..., Awaitable[None]]) -> JSONResponse | None:
        """What to answer instead, None if the request was answered."""
        try:
            await app(self.scope, self._bounded, self._answer)
        except _RefusedError:
            pass
        except Exception as error:  # gradio's routes trip over what no page of theirs sends
            note(error)
            self.refusal = self.refusal or _say(400, "This request was not understood.")
            if self.endless:
                await self.send({"type": "http.response.body"})
        return self.refusal

    async def _bounded(self) -> _Message:
        if self.whole:
            return await self.receive()
        try:
            with anyio.fail_after(_SILENCE):
                message = await self.receive()
        except TimeoutError:
            self._refuse(408, f"The request stopped arriving for {_SILENCE} seconds.")
        self.whole = not message.get("more_body", False)
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            self._refuse(413, _too_large(self.scope))
        return message

    def _refuse(self, status: int, sentence: str) -> None:
        self.refusal = _say(status, sentence)
        raise _RefusedError(sentence)

    async def _answer(self, message: _Message) -> None:
        if self.refusal is None or self.started:
            self.started = True
            if message["type"] == "http.response.start":
                self.endless = b"content-length" not in dict(message["headers"])
            elif not message.get("more_body", False):
                self.endless = False
            await self.send(message)


def _refusal_of(scope: dict[str, Any]) -> JSONResponse | None:
    """What is refused before anything of the body is read."""
    route = scope["path"].removeprefix("/gradio_api/").lower()
    if route.startswith(_CLOSED):
        return _say(403, "This page does not offer that.")
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if length.isdigit() and int(length) > _allowed(scope):
        return _say(413, _too_large(scope))
    return _say(503, _BUSY) if _is_upload(scope) and _room() < _ROOM else None


def _room() -> int:
    """Bytes free where uploads go."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free


def _is_upload(scope: dict[str, Any]) -> bool:
    return scope["path"].rstrip("/") == "/gradio_api/upload"


def _allowed(scope: dict[str, Any]) -> int:
    return UPLOAD + _FORM if _is_upload(scope) else _VALUES


def _too_large(scope: dict[str, Any]) -> str:
    return f"This is too large: at most {_allowed(scope) // 2**20} MB are taken."


def _say(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status)


async def _busy(request: Request, error: Exception) -> JSONResponse:
    return _say(503, _BUSY)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    # FastAPI would repeat all that was sent.
    return _say(422, "This request is not in the form that /gradio_api/info describes.")


# For `launch(app_kwargs=)`. Gradio answers 503 when its queue is full.
MIDDLEWARE = [Middleware(Gate)]
EXCEPTION_HANDLERS = {503: _busy, RequestValidationError: _malformed}
