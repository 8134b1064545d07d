"""What a Hub holds, in memory: repositories of commits, each a set of files, and who sees them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

FIRST = "0" * 40
LFS_SUFFIXES = (".safetensors", ".parquet", ".bin", ".pt", ".png")


class Blob(NamedTuple):
    """A file's content, kept in git or, where it is large, beside it."""

    data: bytes
    lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def oid(self) -> str:
        """The git hash of the file, or of the pointer that stands for it."""
        text = self.data
        if self.lfs:
            version = "version https://git-lfs.github.com/spec/v1"
            text = f"{version}\noid sha256:{self.sha256}\nsize {len(self.data)}\n".encode()
        return hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()

    def described(self, path: str) -> dict:
        """The file as an entry of the tree."""
        entry = {"type": "file", "path": path, "size": len(self.data), "oid": self.oid}
        if self.lfs:
            entry["lfs"] = {"oid": self.sha256, "size": len(self.data), "pointerSize": 130}
        return entry


class Commit(NamedTuple):
    files: dict[str, Blob]
    message: str


@dataclass
class Repo:
    """A repository; revisions are names of branches and tags, and commits' hashes."""

    id: str
    kind: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    settings: dict = field(default_factory=dict)  # of a Space: its variables and hardware

    def __post_init__(self) -> None:
        self.commit("main", {}, "initial commit")

    def commit(self, branch: str, files: dict[str, Blob], message: str) -> str:
        """Make `files` the whole content of a branch; the new commit's hash."""
        parent = self.branches.get(branch, FIRST)
        text = [self.id, parent, message, *sorted(path + blob.oid for path, blob in files.items())]
        sha = hashlib.sha1("\n".join(text).encode()).hexdigest()
        self.commits[sha] = Commit(dict(files), message)
        self.branches[branch] = sha
        return sha

    def sha(self, revision: str) -> str | None:
        """The hash of the commit that a revision names, if there is one."""
        known = revision if revision in self.commits else None
        return self.branches.get(revision) or self.tags.get(revision) or known

    def files(self, revision: str = "main") -> dict[str, Blob]:
        return self.commits[self.sha(revision) or ""].files


@dataclass
class Store:
    """Everything on the Hub. `users` are by token; each may write under its own name alone."""

    users: dict[str, str] = field(default_factory=lambda: {"hf_me": "me", "hf_other": "other"})
    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)  # large files by their sha256

    def create(self, repo_id: str, kind: str = "model", private: bool = False) -> Repo:
        self.repos[kind, repo_id] = repo = Repo(repo_id, kind, private)
        return repo

    def visible(self, kind: str, repo_id: str, user: str | None) -> Repo | None:
        """The repository, if there is one that the user may read."""
        repo = self.repos.get((kind, repo_id))
        return repo if repo and (not repo.private or owns(user, repo_id)) else None


def owns(user: str | None, repo_id: str) -> bool:
    """Whether a user may write to a repository."""
    return user is not None and repo_id.split("/")[0] == user


def is_large(path: str) -> bool:
    """Whether the Hub keeps a file beside git."""
    return path.endswith(LFS_SUFFIXES)
