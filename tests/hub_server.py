"""A Hub on 127.0.0.1 for the real client of `huggingface_hub`, with faults that can be switched on.

`hub` gives a test a Hub of its own and points this process's client at it; a subprocess gets
`hub.environment(folder)`. The client is used with plain uploads: Xet has no server here.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.hub_api import answer
from tests.hub_files import Reply, Request, refused
from tests.hub_store import Blob, Repo, Store, is_large

ME, OTHER = "hf_me", "hf_other"  # tokens


@dataclass
class Fault:
    """What goes wrong with requests whose "METHOD path" holds `on`, `times` times."""

    on: str
    times: int
    status: int = 0
    code: str = ""  # such as GatedRepo
    retry_after: int | None = None
    cut: int | None = None  # the bytes of the file that still come through
    slow: float = 0

    def reply(self) -> Reply:
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        reply = refused(self.status, "A fault", self.code)
        return reply._replace(headers=reply.headers | wait)


@dataclass
class Hub:
    """The server, from outside: what it holds, what it was asked, what shall go wrong."""

    url: str = ""
    store: Store = field(default_factory=Store)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def fault(self, on: str = "", times: int = 1000, **what) -> None:
        """Switch a fault on, as the fields of Fault say."""
        self.faults.append(Fault(on, times, **what))

    def heal(self) -> None:
        """Switch all faults off, and forget what was asked."""
        self.faults.clear()
        self.asked.clear()

    def put(self, repo_id: str, files: dict[str, bytes], branch: str = "main") -> Repo:
        """Commit files to a model's repository from outside, as by the page of the Hub."""
        repo = self.store.repos.get(("model", repo_id)) or self.store.create(repo_id)
        new = {path: Blob(data, is_large(path)) for path, data in files.items()}
        old = repo.files(branch) if branch in repo.branches else {}
        repo.commit(branch, old | new, "by hand")
        return repo

    def environment(self, folder) -> dict[str, str]:
        """The variables that point a client in another process here; its cache is in `folder`."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(folder / "hf_home"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_OFFLINE": "0",
            "HF_TOKEN": ME,
        }

    def next_fault(self, request: Request) -> Fault | None:
        line = f"{request.method} {request.path}"
        for fault in self.faults:
            if fault.on in line and fault.times > 0:
                fault.times -= 1
                return fault
        return None


class Handler(BaseHTTPRequestHandler):
    """HTTP on the one side, `answer` on the other."""

    protocol_version = "HTTP/1.1"  # keeps connections, as the Hub does
    hub: Hub

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, query = urlsplit(self.path)[2:4]
        request = Request(self.command, path, headers, body, self.hub.url, query)
        self.hub.asked.append(request)
        fault = self.hub.next_fault(request)
        if fault and fault.slow:
            self.hub.ended.wait(fault.slow)
        with suppress(BrokenPipeError, ConnectionResetError):  # a client that did not wait
            if fault and fault.status:
                self.send(fault.reply())
            else:
                self.send(answer(self.hub.store, request), fault.cut if fault else None)

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def send(self, reply: Reply, cut: int | None = None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def log_message(self, *_) -> None:
        """Nothing: `asked` is the log."""


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub of the test's own; this process's client asks it, with the token of the user `me`."""
    running = Hub()
    handler = type("HubHandler", (Handler,), {"hub": running})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    running.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    point_client(running.url, tmp_path / "hf_home", monkeypatch)
    yield running
    running.ended.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def hub_datasets(hub, monkeypatch):
    """The same Hub for the library `datasets`."""
    monkeypatch.setattr("datasets.config.HF_ENDPOINT", hub.url)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", False)
    return hub


def point_client(url: str, home, monkeypatch) -> None:
    """What the client read from the environment when it was imported, read anew."""
    from huggingface_hub import constants, hf_api

    monkeypatch.setattr(constants, "ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(hf_api.api, "endpoint", url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", ME)
