"""The Hub that stands in for the Hub's server, asked by the real client alone."""

import os
import subprocess
import sys

import pytest
from huggingface_hub import CommitOperationDelete, HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub_server import ME, OTHER

BIG = bytes(range(256)) * 400


@pytest.fixture
def api(hub):
    return HfApi(endpoint=hub.url, token=ME)


@pytest.fixture
def quick(monkeypatch):
    """The client's waits, which are noted and left out."""
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    return waits


def folder_of(path, **files):
    path.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (path / name.replace("__", ".")).write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_what_is_pushed_comes_back(api, hub, tmp_path, kind):
    sdk = {"space_sdk": "gradio"} if kind == "space" else {}
    url = api.create_repo("me/thing", repo_type=kind, **sdk)
    assert url.repo_id == "me/thing" and url.repo_type == kind
    source = folder_of(tmp_path / "in", note__txt=b"small", data__safetensors=BIG)
    done = api.upload_folder(repo_id="me/thing", repo_type=kind, folder_path=source)
    there = snapshot_download("me/thing", repo_type=kind)
    assert there.endswith(done.oid)
    for file in source.iterdir():
        with open(f"{there}/{file.name}", "rb") as came:
            assert came.read() == file.read_bytes()
    assert sorted(api.list_repo_files("me/thing", repo_type=kind)) == [
        "data.safetensors",
        "note.txt",
    ]


def test_large_files_go_once_and_come_without_the_token(api, hub, tmp_path):
    api.create_repo("me/thing")
    folder_of(tmp_path / "in", data__safetensors=BIG)
    for name in ("a", "b"):
        api.upload_folder(repo_id="me/thing", folder_path=tmp_path / "in", path_in_repo=name)
    assert [r.method for r in hub.asked if r.path.startswith("/lfs/")] == ["PUT"]
    hf_hub_download("me/thing", "a/data.safetensors")
    (fetched,) = [r for r in hub.asked if r.path.startswith("/cdn/")]
    assert fetched.token is None and fetched.headers["host"].startswith("localhost")


def test_branches_tags_and_commits(api, hub, tmp_path):
    api.create_repo("me/thing")
    api.create_branch("me/thing", branch="try/1")
    api.upload_file(
        path_or_fileobj=b"new", path_in_repo="x.txt", repo_id="me/thing", revision="try/1"
    )
    assert api.list_repo_files("me/thing") == []
    api.create_tag("me/thing", tag="v1", revision="try/1")
    sha = api.model_info("me/thing", revision="v1").sha
    for revision in ("try/1", "v1", sha):
        assert hf_hub_download("me/thing", "x.txt", revision=revision).endswith(f"{sha}/x.txt")
    assert {b.name for b in api.list_repo_refs("me/thing").branches} == {"main", "try/1"}
    assert [i.path for i in api.get_paths_info("me/thing", "x.txt", revision="v1")] == ["x.txt"]
    api.create_commit(
        "me/thing",
        [CommitOperationDelete("x.txt")],
        commit_message="away",
        revision="try/1",
    )
    assert api.list_repo_files("me/thing", revision="try/1") == []


def test_private_repositories_are_not_there_for_others(api, hub):
    api.create_repo("me/secret", private=True)
    assert api.whoami()["name"] == "me"
    assert api.model_info("me/secret").private
    for token in (OTHER, False):
        with pytest.raises(RepositoryNotFoundError):
            api.model_info("me/secret", token=token)
    with pytest.raises(HfHubHTTPError, match="401"):
        api.model_info("me/secret", token="hf_wrong")
    with pytest.raises(HfHubHTTPError, match="403"):
        api.create_repo("other/thing")


def test_what_is_missing_is_named(hub):
    hub.put("me/thing", {"x.txt": b"x"})
    for error, asked in {
        RepositoryNotFoundError: ("me/none", "x.txt", None),
        EntryNotFoundError: ("me/thing", "y.txt", None),
        RevisionNotFoundError: ("me/thing", "x.txt", "v2"),
    }.items():
        repo, name, revision = asked
        with pytest.raises(error):
            hf_hub_download(repo, name, revision=revision)


def test_a_card_that_the_hub_does_not_take(api, hub):
    api.create_repo("me/thing")
    for head in ("license: mine", "pipeline_tag: magic", "model-index: [{}]", "a: b: c"):
        card = f"---\n{head}\n---\n# Title\n".encode()
        with pytest.raises(ValueError, match=r"Invalid metadata in README\.md"):
            api.upload_file(path_or_fileobj=card, path_in_repo="README.md", repo_id="me/thing")


@pytest.mark.parametrize("cut", [0, 1000])
def test_a_cut_download_goes_on_where_it_was_cut(hub, quick, cut, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 500)
    hub.put("me/thing", {"data.safetensors": BIG})
    hub.fault("GET /cdn/", times=2, cut=cut)
    with open(hf_hub_download("me/thing", "data.safetensors"), "rb") as file:
        assert file.read() == BIG
    ranges = [r.headers.get("range") for r in hub.asked if r.path.startswith("/cdn/")]
    assert ranges == [None, *([f"bytes={n * cut}-" if cut else None for n in (1, 2)])]


def test_a_client_waits_as_it_is_told(hub, quick):
    hub.put("me/thing", {"x.txt": b"x"})
    hub.fault("HEAD", times=2, status=429, retry_after=7)
    assert hf_hub_download("me/thing", "x.txt") and quick == [8.0]


@pytest.mark.parametrize("status", [429, 500])
def test_errors_that_stay(hub, quick, status):
    hub.fault(status=status)
    with pytest.raises(LocalEntryNotFoundError):
        hf_hub_download("me/thing", "x.txt")


def test_a_slow_answer(hub, quick):
    hub.put("me/thing", {"x.txt": b"x"})
    hub.fault("HEAD", times=1, slow=0.3)
    assert hf_hub_download("me/thing", "x.txt", etag_timeout=0.1)
    assert len([r for r in hub.asked if r.method == "HEAD"]) == 2


def test_another_process(hub, tmp_path):
    hub.put("me/thing", {"x.txt": b"x"})
    script = "import huggingface_hub as h; print(h.hf_hub_download('me/thing', 'x.txt'))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | hub.environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path)) and done.stdout.endswith("x.txt\n")
