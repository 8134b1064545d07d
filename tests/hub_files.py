"""Requests and replies of the Hub that stands in, and how files go there and come from there."""

from __future__ import annotations

import base64
import json
import re
from typing import NamedTuple

from tests.hub_store import Blob, Repo, Store, is_large


class Request(NamedTuple):
    """A request as the routes see it; `url` is the server's own address."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    url: str
    query: str = ""

    @property
    def token(self) -> str | None:
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None

    def json(self) -> dict:
        return json.loads(self.body or b"{}")


class Reply(NamedTuple):
    status: int
    body: bytes = b""
    headers: dict[str, str] = {}


def said(value: object, status: int = 200, **headers: str) -> Reply:
    """JSON as a reply."""
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | headers)


def refused(status: int, message: str, code: str = "") -> Reply:
    """An error, as the Hub says it: in the body and in headers."""
    return Reply(
        status,
        json.dumps({"error": message}).encode(),
        {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {}),
    )


def preupload(store: Store, request: Request, repo: Repo, revision: str) -> Reply:
    there = repo.files(revision)
    files = [
        {
            "path": file["path"],
            "uploadMode": "lfs" if is_large(file["path"]) else "regular",
            "shouldIgnore": False,
            "oid": there[file["path"]].oid if file["path"] in there else None,
        }
        for file in request.json()["files"]
    ]
    return said({"files": files})


def lfs_batch(store: Store, request: Request, repo: Repo) -> Reply:
    objects = []
    for wanted in request.json()["objects"]:
        upload = {"upload": {"href": f"{request.url}/lfs/{wanted['oid']}"}}
        new = wanted["oid"] not in store.uploads
        objects.append(wanted | ({"actions": upload} if new else {}))
    return said({"transfer": "basic", "objects": objects})


def lfs_upload(store: Store, request: Request, user: str | None, sha256: str) -> Reply:
    if Blob(request.body, True).sha256 != sha256:
        return refused(400, "The content is not what was announced")
    store.uploads[sha256] = request.body
    return Reply(200)


def commit(store: Store, request: Request, repo: Repo, revision: str) -> Reply:
    lines = [json.loads(line) for line in request.body.splitlines()]
    files, message = dict(repo.files(revision)), ""
    for key, value in ((line["key"], line["value"]) for line in lines):
        if key == "header":
            message = value["summary"]
            if value.get("parentCommit", repo.sha(revision)) != repo.sha(revision):
                return refused(412, "A commit has happened since. Please refresh and try again.")
        elif key == "file":
            files[value["path"]] = Blob(base64.b64decode(value["content"]), False)
        elif key == "lfsFile":
            files[value["path"]] = Blob(store.uploads[value["oid"]], True)
        else:  # deletedFile, deletedFolder
            files = {p: b for p, b in files.items() if not p.startswith(value["path"])}
    sha = repo.commit(revision, files, message)
    place = repo.id if repo.kind == "model" else f"{repo.kind}s/{repo.id}"
    return said({"commitUrl": f"{request.url}/{place}/commit/{sha}", "commitOid": sha})


def resolve(store: Store, request: Request, repo: Repo, revision: str, path: str) -> Reply:
    """A file of git itself; of a large one its size and hash, and where its content lies."""
    sha, blob = repo.sha(revision) or "", repo.files(revision).get(path)
    if blob is None:
        reply = refused(404, "Entry not found", "EntryNotFound")
        return reply._replace(headers=reply.headers | {"X-Repo-Commit": sha})
    if not blob.lfs:
        return content(blob.data, request, {"X-Repo-Commit": sha, "ETag": f'"{blob.oid}"'})
    # As of a CDN, the address is of another host: the client sends no token there.
    place = f"{request.url}/cdn/{blob.sha256}".replace("127.0.0.1", "localhost")
    linked = {"X-Linked-Size": str(len(blob.data)), "X-Linked-ETag": f'"{blob.sha256}"'}
    store.uploads.setdefault(blob.sha256, blob.data)
    return Reply(302, b"", {"Location": place, "X-Repo-Commit": sha, **linked})


def cdn(store: Store, request: Request, user: str | None, sha256: str) -> Reply:
    return content(store.uploads[sha256], request, {"ETag": f'"{sha256}"'})


def content(data: bytes, request: Request, headers: dict[str, str]) -> Reply:
    """Bytes, or those of them that a Range asks for."""
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    headers = headers | {"Accept-Ranges": "bytes"}
    if not found:
        return Reply(200, data, headers)
    first, last = int(found[1]), int(found[2] or len(data) - 1)
    asked = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
    return Reply(206, data[first : last + 1], headers | asked)
