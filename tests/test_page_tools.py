"""The page as a model context server: what an assistant finds, and sees."""

import asyncio
import base64
import io

import pytest
from PIL import Image

pytest.importorskip("gradio")
pytest.importorskip("mcp")

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from tests.hostile import SECRETS
from tests.hostile_files import SKETCH

pytestmark = pytest.mark.usefixtures("unharmed")
PICTURE = "data:image/png;base64," + base64.b64encode(SKETCH).decode()


@pytest.fixture
def assistant(running_page):
    """Calls methods of an MCP session with the page."""

    async def call(method, *values):
        address = f"{running_page.url}/gradio_api/mcp/"
        async with (
            streamablehttp_client(address) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await getattr(session, method)(*values)

    return lambda method, *values: asyncio.run(call(method, *values))


def pictures(content):
    return [
        Image.open(io.BytesIO(base64.b64decode(part.data)))
        for part in content
        if part.type == "image"
    ]


def test_every_named_endpoint_is_a_tool_with_types_and_words(assistant, visitor):
    tools = {tool.name: tool for tool in assistant("list_tools").tools}
    endpoints = visitor.http.get("info").json()["named_endpoints"]
    assert set(tools) == {name.removeprefix("/") for name in endpoints}
    for tool in tools.values():
        assert len(tool.description) > 40
        for name, value in tool.inputSchema["properties"].items():
            assert value.get("type") or value.get("anyOf"), (tool.name, name)
            assert "https url" not in value.get("format", "")
    asked = tools["translate"].inputSchema
    assert asked["properties"]["target"]["enum"][:3] == ["fruit", "edges", "0"]
    assert "tunit-fruits10" in asked["properties"]["model"]["enum"]
    assert all(value["description"] for value in asked["properties"].values())


def test_an_assistant_sees_the_pictures(assistant):
    given = {"image": PICTURE, "target": "fruit", "num_styles": 3}
    answer = assistant("call_tool", "translate", given)
    found = pictures(answer.content)
    assert not answer.isError and [image.size for image in found] == [(32, 32)] * 3
    assert len({image.tobytes() for image in found}) == 3


def test_a_picture_that_was_uploaded_is_named_by_its_address(assistant, visitor):
    address = f"{visitor.url}/gradio_api/file={visitor.upload(SKETCH)['path']}"
    given = {"image": address, "target": "fruit", "num_styles": 1}
    assert len(pictures(assistant("call_tool", "translate", given).content)) == 1


@pytest.mark.parametrize(
    "image",
    [
        *(
            "/etc/passwd",
            "file:///etc/passwd",
            "data:image/png;base64,aGVsbG8=",
            "data:,",
            "a" * 9999,
        ),
        *("http://127.0.0.1:{}/a", "http://127.0.0.1/gradio_api/file=/etc/passwd"),
    ],
    ids=lambda text: text[:24],
)
def test_an_assistant_names_no_other_file(assistant, trap, image):
    port, came = trap
    answer = assistant("call_tool", "translate", {"image": image.format(port), "target": "fruit"})
    assert answer.isError and not came
    assert not [secret for secret in SECRETS if secret in answer.content[0].text]
