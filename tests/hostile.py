"""A program that speaks to the page and means no good; and what every attack must leave whole."""

import http.server
import json
import sys
import threading
from functools import cached_property
from pathlib import Path

import pytest

from tests.hostile_files import SKETCH

ROOT = Path(__file__).parents[1]
TOKEN = "hf_thatIsInTheServersEnvironment"
SECRETS = (str(ROOT), sys.prefix, str(Path.home()) + "/", TOKEN, "root:x:", "site-packages")


def named(path, **more):
    """A file as the page's own widgets name it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}} | more


class Visitor:
    """A program that speaks to the page; `http` is its connection."""

    def __init__(self, url):
        import httpx  # comes with gradio

        self.url = url
        self.http = httpx.Client(base_url=f"{url}/gradio_api/", timeout=60)

    def upload(self, data, name="picture.png"):
        """The file as the page names it, or the answer that refuses it."""
        answer = self.http.post("upload", files={"files": (name, data, "image/png")})
        return named(answer.json()[0]) if answer.is_success else answer

    def translate(self, *values):
        left_out = (None, "fruit", 8, 0, None, None)[len(values) :]
        return self.call("translate", [*values, *left_out])

    def call(self, endpoint, values):
        """All that the server says; values may hold NaN, which httpx would not write."""
        body, kind = json.dumps({"data": values}), {"content-type": "application/json"}
        asked = self.http.post(f"call/{endpoint}", content=body, headers=kind)
        if not asked.is_success:
            return asked
        return self.http.get(f"call/{endpoint}/{asked.json()['event_id']}")

    def ask(self, event, values):
        """What an event that only the page's own controls know of says to who opened the page."""
        self.open(f"session{event}")
        return self._tell(event, values, f"session{event}")

    def open(self, session):
        """Opens the page, as each visitor's browser does."""
        return self._tell(self._opening, [], session)

    @cached_property
    def _opening(self):
        events = self.http.get("../config").json()["dependencies"]
        loads = [e for e in events if e["backend_fn"] and any(t[1] == "load" for t in e["targets"])]
        (opening,) = loads
        return opening["id"]

    def _tell(self, event, values, session):
        asked = {"data": values, "fn_index": event, "session_hash": session}
        answer = self.http.post("queue/join", json=asked)
        if not answer.is_success:
            return answer
        return self.http.get(f"queue/data?session_hash={session}")


@pytest.fixture(scope="session")
def visitor(running_page):
    visitor = Visitor(running_page.url)
    yield visitor
    visitor.http.close()


@pytest.fixture(scope="session")
def honest(visitor):
    """A sketch, uploaded as anybody does."""
    return visitor.upload(SKETCH)


@pytest.fixture
def unharmed(visitor, honest, running_page):
    """After each attack: nothing in the log, and the next honest visitor is served."""
    before = len(running_page.log.read_text())
    yield
    log = running_page.log.read_text()[before:]
    assert "Traceback" not in log, log
    assert not [secret for secret in SECRETS if secret in log]
    assert "event: complete" in visitor.translate(honest, "fruit", 1).text


@pytest.fixture(scope="session")
def trap():
    """A server of this machine that nobody outside may reach; knows who came."""
    came = []

    class Inside(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            came.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, came
    server.shutdown()
    server.server_close()


def refused(answer):
    """Asserts that an answer is a sentence that gives nothing away; returns the sentence."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    assert not [secret for secret in SECRETS if secret in answer.text], answer.text
    if answer.status_code == 200:
        sentence = _failure(answer.text)
    elif answer.headers["content-type"] == "application/json":
        sentence = answer.json()["detail"]
    else:
        sentence = answer.text
    assert sentence and len(sentence) < 500 and "<" not in sentence
    return sentence


def _failure(stream):
    """The sentence in which a stream of events ends; the events of a call are named."""
    *_, last = (line for line in stream.split("\n") if '"error"' in line)
    said = json.loads(last.removeprefix("data: "))
    assert "event: error" in stream or not said["success"]
    return said.get("output", said)["error"]
