"""A Space for a model: what it holds, what stays a person's, and that its page starts."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from huggingface_hub import SpaceCard

from munit_hub import spaces
from munit_hub.spaces import files_of_page, find_clone, push_space, space_card
from tests.conftest import _address as address_of
from tests.hub_store import Blob
from tests.tiny_models import tiny_model

ROOT = Path(__file__).resolve().parents[1]
ID, MODEL = "me/page", "me/munit"


@pytest.fixture
def model(hub):
    tiny_model().push_to_hub(MODEL)
    return MODEL


def space_of(hub):
    return hub.store.repos["space", ID]


def header(hub):
    return SpaceCard(space_of(hub).files()["README.md"].data.decode()).data


def test_a_space_has_the_page_its_header_and_the_model(here, hub, model):
    code, out, err = here("space", ID, "--model", MODEL, "--hardware", "zero-a10g", "--private")
    assert (code, err) == (0, "") and out.startswith(f"The page for {MODEL}: {hub.url}/spaces/{ID}")
    files, said = set(space_of(hub).files()), header(hub)
    assert {"app.py", "requirements.txt", "LICENSE", "README.md", "space/ui.py"} < files
    assert {"munit_hub/__init__.py", "munit_hub/py.typed", "munit_hub/pipeline.py"} < files
    assert not [name for name in files if "/models/" in name or "__pycache__" in name]
    assert said.sdk == "gradio" and said.app_file == "app.py" and said.models == [MODEL]
    assert said.sdk_version and said.title == "page" and space_of(hub).private
    assert space_of(hub).settings == {"MUNIT_HUB_MODEL": MODEL, "hardware": "zero-a10g"}


def test_an_update_keeps_what_a_person_wrote(here, hub, model):
    assert here("space", ID, "--model", MODEL)[0] == 0
    files = space_of(hub).files()
    mine = (
        files["README.md"].data.decode().replace("title: page", "title: My page") + "\nMy text.\n"
    )
    changed = {"README.md": Blob(mine.encode(), False), "notes.md": Blob(b"mine", False)}
    space_of(hub).commit("main", files | changed, "by hand")
    tiny_model().push_to_hub("me/other")
    code, out, _ = here("space", ID, "--model", "me/other", "--json")
    assert code == 0 and json.loads(out)["model"] == "me/other"
    card = space_of(hub).files()["README.md"].data.decode()
    assert header(hub).title == "My page" and header(hub).models == ["me/other"]
    assert "My text." in card and space_of(hub).files()["notes.md"].data == b"mine"
    assert space_of(hub).settings["MUNIT_HUB_MODEL"] == "me/other"


def test_an_update_of_ours_is_ours(hub):
    for model in (MODEL, "me/other"):
        push_space(ID, model, ROOT)
        assert header(hub).models == [model] and header(hub).short_description.endswith(model)


def test_the_card_that_the_hub_gives_a_new_space_is_not_a_persons():
    theirs = "---\ntitle: Page\nsdk: gradio\n---\nCheck out the configuration reference\n"
    assert "app_file: app.py" in space_card(ROOT, ID, MODEL, theirs)


REFUSED = {
    "a folder": (["me/page", "--model", "."], 2, ". is a folder here: push it first, and name"),
    "an id": (["a/b/c", "--model", MODEL], 2, "REPO_ID must be such as your-name/"),
    "hardware": (["me/page", "--model", MODEL, "--hardware", "abacus"], 1, "The hardware 'abacus'"),
    "no model": (["me/page", "--model", "me/none"], 1, "The Hub shows no me/none: check the id;"),
    "not mine": (["other/page", "--model", MODEL], 1, "The token may not write to other/page"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_one_sentence_and_makes_no_space(here, hub, model, case):
    args, code, said = REFUSED[case]
    found, out, err = here("space", *args)
    assert (found, out, err.count("\n")) == (code, "", 1) and err.startswith(f"Error: {said}")
    assert not [kind for kind, _ in hub.store.repos if kind == "space"]


def test_without_a_clone_a_sentence_says_where_the_page_is(here, hub, model, monkeypatch):
    monkeypatch.setattr(spaces, "find_spec", lambda name: None)
    for command in (("space", ID, "--model", MODEL), ("demo",)):
        code, _, err = here(*command)
        assert code == 1 and "The page is in a clone of the munit_hub repository" in err


def test_without_gradio_a_sentence_says_what_to_install(here, monkeypatch):
    monkeypatch.setattr(import_module("munit_hub.cli.space"), "find_spec", lambda name: None)
    code, _, err = here("demo")
    assert code == 1 and 'pip install "munit_hub[space]"' in err


def test_of_an_installed_package_the_clone_is_the_one_that_one_stands_in(monkeypatch):
    monkeypatch.setattr(spaces, "find_spec", lambda name: None)
    monkeypatch.chdir(ROOT)
    assert find_clone() == ROOT


def test_the_clone_is_this_one():
    assert find_clone() == ROOT and files_of_page(ROOT)["app.py"] == ROOT / "app.py"


def started(command, folder, environment):
    log = folder / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=out, stderr=out
        )
    try:
        return address_of(server, log)
    finally:
        server.terminate()
        server.wait(timeout=60)


LOCAL = {"GRADIO_SERVER_NAME": "127.0.0.1", "PYTHONUNBUFFERED": "1"}


@pytest.mark.slow
def test_the_page_of_a_space_starts_with_its_model(here, hub, model, tmp_path):
    assert here("space", ID, "--model", MODEL)[0] == 0
    folder = tmp_path / "space"
    for name, blob in space_of(hub).files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(blob.data)
    environment = LOCAL | hub.environment(tmp_path) | {"MUNIT_HUB_MODEL": MODEL}
    hub.asked.clear()
    assert started([sys.executable, "app.py"], folder, environment).startswith("http://127.0.0.1")
    assert any(request.path.startswith(f"/{MODEL}/resolve/") for request in hub.asked)


@pytest.mark.slow
def test_the_demo_starts_with_a_model(tiny_sketch_model, tmp_path):
    command = [sys.executable, "-m", "munit_hub.cli", "demo", tiny_sketch_model]
    environment = LOCAL | {"PYTHONPATH": str(ROOT)}
    assert started(command, tmp_path, environment).startswith("http://127.0.0.1")
