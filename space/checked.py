"""Blocks that believe nothing a widget is said to have sent: programs send what they like."""

from __future__ import annotations

import html
import math
from typing import Any
from urllib.parse import unquote

import gradio as gr

from space.deadline import deadline
from space.gate import note
from space.serving import OPENING
from space.text import PUT_AWAY

LONGEST = 60  # seconds that a visitor may have the machine compute for one request
_OWN_FILE = "/gradio_api/file="
_SHORT = 300  # characters of a message: it may quote the visitor


class CheckedBlocks(gr.Blocks):
    """The page; what it cannot take is answered with one sentence, and kept out of the log.

    opened: a State that is set as a visitor opens the page, None if there is none to ask.
    """

    opened: gr.State | None = None

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        """Gradio's, which would fetch addresses, and print a traceback for what it cannot take."""
        if self._is_put_away(block_fn.inputs, state):
            raise _refusal(PUT_AWAY)
        _as_built(block_fn.inputs, state)
        try:
            uploaded = [_uploaded(value) for value in inputs]
            return await super().preprocess_data(block_fn, uploaded, state, explicit_call)
        except gr.Error as error:
            raise _refusal(error.message) from None
        except Exception:  # whatever Pydantic, Pillow or a component says of a forged value
            raise _refusal(
                "One of the values is not what this page sends: a picture is a file uploaded here, "
                "and the API page says what the others are."
            ) from None

    def _is_put_away(self, parts: list[Any], state: Any) -> bool:
        """Whether a visitor's choices are gone, in whose place gradio would take the first ones."""
        if self.opened is None or state is None or not any(part.stateful for part in parts):
            return False
        return self.opened._id not in state.state_data

    async def process_api(self, *args, **kwargs):
        """Gradio's, which would keep a session for every call of a program that names none."""
        try:
            return await super().process_api(*args, **kwargs)
        finally:
            session = kwargs.get("session_hash")
            if session is not None and session == kwargs.get("event_id"):
                self.state_holder.session_data.pop(session, None)
                self.state_holder.time_last_used.pop(session, None)

    async def call_function(self, block_fn, *args, **kwargs):
        """Gradio's, stopped when it takes too long; what goes wrong in it gets a sentence."""
        try:
            with deadline(math.inf if block_fn.concurrency_id == OPENING else LONGEST):
                return await super().call_function(block_fn, *args, **kwargs)
        except TimeoutError:
            raise _refusal(
                f"This takes longer than the {LONGEST} seconds that there are here: ask for fewer "
                "pictures, or choose a smaller model."
            ) from None
        except gr.Error:
            raise
        except Exception as error:
            note(error)
            raise _refusal("That did not work here: reload the page, and try again.") from None


def _as_built(parts: list[Any], state: Any) -> None:
    """Gives a session's parts back what this page does otherwise than gradio.

    Gradio makes a part anew for a session in which it was an output.
    """
    for part in parts:
        if state is not None and "preprocess" in vars(part) and part._id in state:
            state[part._id].preprocess = part.preprocess


def _uploaded(value: Any) -> Any:
    """A value in which every file is named by its path: gradio would fetch it from an address.

    The address of a file on this page stands for the file, which gradio still looks for among
    the uploads alone. gr.Error for all other addresses.
    """
    if isinstance(value, list):
        return [_uploaded(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _uploaded(_path(item) if key == "path" else item) for key, item in value.items()}


def _path(path: Any) -> Any:
    if not isinstance(path, str) or "://" not in path:
        return path
    _, here, own = path.partition(_OWN_FILE)
    if not here:
        raise gr.Error("Addresses are not opened here: upload the picture itself.")
    return unquote(own)


def _refusal(message: str) -> gr.Error:
    # Gradio shows messages as HTML, and prints a traceback of its own errors.
    return gr.Error(html.escape(message[:_SHORT], quote=False), print_exception=False)
