"""What no browser asks of the server: other routes, huge bodies, requests broken off."""

import json
import socket
from urllib.parse import urlparse

import pytest

pytest.importorskip("gradio")

from tests.hostile import SECRETS, named, refused
from tests.hostile_files import SKETCH

pytestmark = pytest.mark.usefixtures("unharmed")
LIMIT = 20 * 2**20

ASKED = """
    file=/etc/passwd file=../../../../etc/passwd file=%2e%2e/%2e%2e/etc/passwd file=app.py
    file=/proc/self/environ file=/ file=a%00b file=file:///etc/passwd file/etc/passwd
    file=http://{inside}/a file=HTTP://{inside}/b file/http://{inside}/c file=//{inside}/d
    proxy=http://{inside}/e proxy=https://huggingface.co/f
    ../static/../../../../etc/passwd ../static/%2e%2e/%2e%2e/%2e%2e/etc/passwd
    ../assets/..%2f..%2f..%2fetc/passwd ../svelte/%2e%2e/%2e%2e/app.py ../pwa_icon/9999999
    ../monitoring ../monitoring/summary ../monitoring/key custom_component/a/client/..%2f/app.py
    ../config?deep_link=../../etc/passwd ../?deep_link=%3Cscript%3E deep_link?session_hash=a
    call/nothing/nothing call/translate/nothing queue/data?session_hash=nobody queue/data
    stream/a/b/5/playlist.m3u8 stream/a/b/c/playlist-file
    vibe-code startup-events runs run-history/buckets mcp/nothing
"""
POSTED = [
    *("call/nothing", "call/v2/nothing", "call/v2/translate", "run/translate", "api/nothing"),
    *("queue/join", "component_server", "cancel", "stream/nothing", "stream/nothing/close"),
    *("process_recording", "vibe-edit", "vibe-code", "undo-vibe-edit", "upload", "mcp"),
]
BODIES = [b"", b"{", b"[1]", b'{"data": 5}', b'{"data": [], "fn_index": 99999}', b'{"a": NaN}']
FORGED = json.dumps(
    {
        "data": [named("/etc/passwd"), "fruit", 1, 0, None],
        **{"fn_index": -1, "session_hash": "../../a", "event_id": "b", "trigger_id": "c"},
        **{"component_id": 1, "fn_name": "__init__", "event_data": {"index": "d"}, "hash": "../e"},
    }
).encode()


def harmless(answer):
    assert answer.status_code < 500, answer.text
    assert not [secret for secret in SECRETS if secret in answer.text], answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("route", ASKED.split())
def test_routes_give_nothing_away(visitor, trap, route):
    port, came = trap
    harmless(visitor.http.get(route.format(inside=f"127.0.0.1:{port}")))
    assert not came


@pytest.mark.parametrize("route", POSTED)
def test_bodies_of_any_form_are_answered(visitor, route):
    for body in (*BODIES, FORGED, b"[" * 50_000, bytes(range(256))):
        for kind in (
            "application/json",
            "multipart/form-data; boundary=a",
            "text/plain",
            "a" * 5000,
        ):
            harmless(visitor.http.post(route, content=body, headers={"content-type": kind}))


def test_every_event_of_the_page_refuses_files_it_was_not_sent(visitor, trap):
    """Of the named endpoints and of those that only the page's own controls know."""
    port, came = trap
    events = visitor.http.get("../config").json()["dependencies"]
    assert events
    for place in ("/etc/passwd", f"http://127.0.0.1:{port}/a"):
        for event in (event for event in events if event["backend_fn"]):
            said = visitor.ask(event["id"], [named(place, url=place)] * len(event["inputs"]))
            harmless(said)
            assert "process_completed" in said.text
    assert not came


def test_uploads_are_bounded(visitor):
    assert "20971520 bytes" in refused(visitor.upload(bytes(LIMIT + 1)))
    assert "20 MB" in refused(visitor.upload(bytes(LIMIT + 2**20)))
    several = [("files", (f"{i}.png", bytes(LIMIT // 4), "image/png")) for i in range(5)]
    assert "20 MB" in refused(visitor.http.post("upload", files=several))


@pytest.mark.parametrize("route", ["upload", "call/translate", "queue/join"])
def test_a_body_of_unsaid_length_is_bounded(visitor, route):
    head = b'--a\r\nContent-Disposition: form-data; name="files"; filename="b"\r\n\r\n'
    pieces = (bytes(2**20) if i else head for i in range(30))
    kind = {"content-type": "multipart/form-data; boundary=a" if route == "upload" else "text/json"}
    answer = visitor.http.post(route, content=pieces, headers=kind)
    assert refused(answer) and answer.status_code == 413


def wire(visitor, text):
    """A connection on which an HTTP request has begun."""
    address = urlparse(visitor.url)
    connection = socket.create_connection((address.hostname, address.port))
    connection.sendall(text.replace("\n", "\r\n").encode())
    return connection


def test_an_upload_may_break_off(visitor):
    head = "POST /gradio_api/upload HTTP/1.1\nHost: a\nContent-Length: 9999\n"
    kind = "Content-Type: multipart/form-data; boundary=a\n\n"
    part = '--a\nContent-Disposition: form-data; name="files"; filename="b.png"\n\nhalf'
    for rest in ("", kind, kind + part):
        wire(visitor, head + rest).close()


def test_a_visitor_may_leave_while_the_model_works(visitor, honest):
    for _ in range(8):
        asked = {"data": [honest, "fruit", 16, 0, None]}
        event = visitor.http.post("call/translate", json=asked).json()["event_id"]
        wire(visitor, f"GET /gradio_api/call/translate/{event} HTTP/1.1\nHost: a\n\n").close()


def test_a_forgotten_boundary_or_another_type_is_no_upload(visitor):
    for kind in ("image/png", "multipart/form-data", "application/json", ""):
        answer = visitor.http.post("upload", content=SKETCH, headers={"content-type": kind})
        assert answer.status_code == 400 and refused(answer)
