"""The named endpoints as MCP tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer


def show_pictures(server: GradioMCPServer | None) -> None:
    """Makes galleries arrive as pictures: gradio shows single ones, and prints lists of them."""
    if server is not None:
        convert = server.postprocess_output_data
        server.postprocess_output_data = lambda data, root: convert([*_single(data)], root)


def _single(outputs: list[Any]) -> Iterator[Any]:
    """The outputs, each picture of a gallery for itself."""
    for output in outputs:
        if isinstance(output, list) and all(isinstance(i, dict) and "image" in i for i in output):
            yield from (item["image"] for item in output)
        else:
            yield output
