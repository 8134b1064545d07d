"""What the Hub answers: a function a route, as far as `huggingface_hub` asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import yaml
from huggingface_hub import ModelCardData

from tests import hub_files
from tests.hub_files import Reply, Request, refused, said
from tests.hub_store import Repo, Store, owns

LICENSES = {
    "apache-2.0",
    "mit",
    "bsd-2-clause",
    "cc-by-sa-4.0",
    "cc-by-nc-sa-4.0",
    "other",
    "unknown",
}
KIND = r"/api/(?P<kind>model|dataset|space)s"
REPO = rf"{KIND}/(?P<repo>[^/]+/[^/]+)"
PAGE = r"/(?:(?P<kind>dataset|space)s/)?(?P<repo>[^/]+/[^/]+?)"


def answer(store: Store, request: Request) -> Reply:
    """The reply of the first route that fits."""
    if request.token and request.token not in store.users:
        return refused(401, "Invalid credentials in Authorization header")
    user = store.users.get(request.token or "")
    for method, pattern, route in ROUTES:
        if found := re.fullmatch(pattern, request.path):
            if request.method not in method.split():
                continue
            # Split first and unquoted then: a branch's name may hold a slash.
            parts = {name: unquote(part or "") for name, part in found.groupdict().items()}
            if "repo" not in parts:
                return route(store, request, user, **parts)
            return in_repo(store, request, user, route, **parts)
    return refused(404, f"There is no {request.method} {request.path} in this Hub")


def in_repo(
    store: Store, request: Request, user: str | None, route: Callable, kind: str, repo: str, **rest
) -> Reply:
    found = store.visible(kind or "model", repo, user)
    if found is None:  # whether it is missing or private is not told
        return refused(404 if user else 401, "Repository not found", "RepoNotFound")
    writes = request.method in ("POST", "PUT") and route is not paths_info
    if writes and not owns(user, repo):
        return refused(403, "You have no write access to this repository")
    if rest.get("revision") is not None:
        if not rest["revision"]:
            rest["revision"] = "main"
        if found.sha(rest["revision"]) is None:
            return refused(404, f"Invalid rev id: {rest['revision']}", "RevisionNotFound")
    return route(store, request, found, **rest)


def whoami(store: Store, request: Request, user: str | None) -> Reply:
    return said({"name": user, "type": "user"}) if user else refused(401, "No token was given")


def validate_yaml(store: Store, request: Request, user: str | None) -> Reply:
    """Whether the head of a card is one that the Hub takes."""
    _, head, _ = (request.json()["content"] + "\n---\n").split("---\n", 2)
    try:
        data = yaml.safe_load(head) or {}
        ModelCardData(**data)
    except Exception as error:
        return said({"errors": [{"message": str(error)}], "warnings": []}, 400)
    wrong = [
        f'"{name}" is not valid: {data[name]!r}'
        for name, allowed in (("license", LICENSES), ("pipeline_tag", {"image-to-image"}))
        if data.get(name, next(iter(allowed))) not in allowed
    ]
    errors = [{"message": message} for message in wrong]
    return said({"errors": errors, "warnings": []}, 400 if wrong else 200)


def create(store: Store, request: Request, user: str | None) -> Reply:
    asked = request.json()
    owner, kind = asked["organization"] or user, asked.get("type") or "model"
    if user is None:
        return refused(401, "Invalid username or password.")
    if owner != user:
        return refused(403, f"You may not create a {kind} under the namespace {owner}")
    repo_id = f"{owner}/{asked['name']}"
    prefix = "" if kind == "model" else f"{kind}s/"
    made = {"url": f"{request.url}/{prefix}{repo_id}", "name": repo_id}
    if (kind, repo_id) in store.repos:
        return said(made | {"error": "You already created this repo"}, 409)
    store.create(repo_id, kind, asked.get("visibility") == "private")
    return said(made)


def info(store: Store, request: Request, repo: Repo, revision: str) -> Reply:
    files = [{"rfilename": path} for path in repo.files(revision)]
    facts = {"id": repo.id, "sha": repo.sha(revision), "private": repo.private, "siblings": files}
    return said(facts | {"downloads": 0, "likes": 0, "tags": []})


def auth_check(store: Store, request: Request, repo: Repo, write: str) -> Reply:
    may = not write or owns(store.users.get(request.token or ""), repo.id)
    return said({}) if may else refused(403, "You have no write access to this repository")


def tree(store: Store, request: Request, repo: Repo, revision: str, path: str) -> Reply:
    """What a folder holds: its files and folders, or all files below it."""
    prefix = f"{path}/" if path else ""
    files = {p: blob for p, blob in repo.files(revision).items() if p.startswith(prefix)}
    below = sorted({p[len(prefix) :].split("/")[0] for p in files if "/" in p[len(prefix) :]})
    folders = [
        {"type": "directory", "path": prefix + name, "size": 0, "oid": "0" * 40} for name in below
    ]
    if "recursive=true" in request.query.lower():
        return said([blob.described(p) for p, blob in files.items()])
    if prefix and not files:
        return refused(404, f"{path} does not exist", "EntryNotFound")
    direct = [b.described(p) for p, b in files.items() if "/" not in p[len(prefix) :]]
    return said(folders + direct)


def paths_info(store: Store, request: Request, repo: Repo, revision: str) -> Reply:
    wanted = set(re.findall(r"paths=([^&]+)", unquote(request.body.decode())))
    return said([b.described(p) for p, b in repo.files(revision).items() if p in wanted])


def refs(store: Store, request: Request, repo: Repo) -> Reply:
    kinds = {"branches": ("heads", repo.branches), "tags": ("tags", repo.tags)}
    listed = {
        kind: [
            {"name": name, "ref": f"refs/{folder}/{name}", "targetCommit": sha}
            for name, sha in named.items()
        ]
        for kind, (folder, named) in kinds.items()
    }
    return said(listed | {"converts": []})


def branch(store: Store, request: Request, repo: Repo, name: str) -> Reply:
    if name in repo.branches:
        return refused(409, f"Reference {name} already exists")
    repo.branches[name] = repo.sha(request.json().get("startingPoint", "main")) or ""
    return said({})


def tag(store: Store, request: Request, repo: Repo, revision: str) -> Reply:
    repo.tags[request.json()["tag"]] = repo.sha(revision) or ""
    return said({})


def variables(store: Store, request: Request, repo: Repo) -> Reply:
    asked = request.json()
    repo.settings[asked["key"]] = asked["value"]
    return said({asked["key"]: {"value": asked["value"]}})


def hardware(store: Store, request: Request, repo: Repo) -> Reply:
    repo.settings["hardware"] = request.json()["flavor"]
    return said({"stage": "BUILDING", "hardware": {"requested": repo.settings["hardware"]}})


REVISION = r"(?P<revision>[^/]+)"
ROUTES = [
    ("GET", r"/api/whoami-v2", whoami),
    ("POST", r"/api/validate-yaml", validate_yaml),
    ("POST", r"/api/repos/create", create),
    ("GET", rf"{REPO}(?:/revision/{REVISION})?", info),
    ("GET", rf"{REPO}/tree/{REVISION}(?:/(?P<path>.+))?", tree),
    ("GET", rf"{REPO}/refs", refs),
    ("GET", rf"{REPO}/auth-check(?P<write>/write)?", auth_check),
    ("POST", rf"{REPO}/paths-info/{REVISION}", paths_info),
    ("POST", rf"{REPO}/preupload/{REVISION}", hub_files.preupload),
    ("POST", rf"{REPO}/commit/{REVISION}", hub_files.commit),
    ("POST", rf"{REPO}/branch/(?P<name>[^/]+)", branch),
    ("POST", rf"{REPO}/tag/{REVISION}", tag),
    ("POST", rf"{REPO}/variables", variables),
    ("POST", rf"{REPO}/hardware", hardware),
    ("POST", rf"{PAGE}\.git/info/lfs/objects/batch", hub_files.lfs_batch),
    ("PUT", r"/lfs/(?P<sha256>\w+)", hub_files.lfs_upload),
    ("GET HEAD", rf"{PAGE}/resolve/{REVISION}/(?P<path>.+)", hub_files.resolve),
    ("GET HEAD", r"/cdn/(?P<sha256>\w+)", hub_files.cdn),
]
