"""The named endpoints as MCP tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

_PICTURE = "a picture: a data: URL, or the address of a file that was uploaded to this page"


def fit_tools(server: GradioMCPServer | None) -> None:
    """Makes galleries arrive as pictures, and tells which pictures the page takes.

    Gradio shows single pictures but prints lists of them, and asks for addresses, which the page
    does not open.
    """
    if server is None:
        return
    convert, simplify = server.postprocess_output_data, server.simplify_filedata_schema
    server.postprocess_output_data = lambda data, root: convert([*_single(data)], root)
    server.simplify_filedata_schema = lambda schema: _renamed(*simplify(schema))


def _single(outputs: list[Any]) -> Iterator[Any]:
    """The outputs, each picture of a gallery for itself."""
    for output in outputs:
        if isinstance(output, list) and all(isinstance(i, dict) and "image" in i for i in output):
            yield from (item["image"] for item in output)
        else:
            yield output


def _renamed(schema: dict[str, Any], files: list[list[str | int]]) -> Any:
    for name, *nested in files:
        if not nested:
            schema["properties"][name]["format"] = _PICTURE
    return schema, files
