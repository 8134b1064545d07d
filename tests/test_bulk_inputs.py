"""What files, folders and globs name, and what their results are called."""

from pathlib import Path

import pytest

from munit_hub.bulk.inputs import find_items


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("in/b.jpg", "in/sub/deep/a.PNG", "in/film.mp4", "in/notes.txt", "in/.a.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("in/.cache").mkdir()
    Path("in/.cache/c.png").touch()
    return tmp_path


def names(*inputs, output="out"):
    return {str(item.source): str(item.stem) for item in find_items(inputs, Path(output))}


def test_a_folder_keeps_its_tree_and_leaves_out_what_is_hidden_or_no_picture(folder):
    tree = {"in/b.jpg": "b", "in/film.mp4": "film", "in/sub/deep/a.PNG": "sub/deep/a"}
    assert names("in") == tree == names("in", "in")


def test_results_are_numbered_beside_each_other(folder):
    items = find_items(["in"], Path("out"))
    made = {str(path) for item in items for path in item.outputs(Path("out"), 2)}
    kinds = [("b", "png"), ("film", "mp4"), ("sub/deep/a", "png")]
    assert made == {f"out/{stem}-{n}.{suffix}" for stem, suffix in kinds for n in (1, 2)}


def test_results_in_a_folder_of_the_inputs_are_no_inputs(folder):
    Path("in/out").mkdir()
    Path("in/out/b-1.png").touch()
    assert names("in", output="in/out") == names("in/**/*.[jmP]*", output="in/out")
    assert len(names("in", output="in/out")) == 3


@pytest.mark.parametrize("given", ["in", "in/*.jpg", "in/b.jpg"])
def test_results_beside_the_inputs_would_become_inputs(folder, given):
    with pytest.raises(ValueError, match=r"in/b\.jpg lies in .*; choose another --output"):
        find_items([given], Path("in"))


def test_a_glob_begins_where_its_plain_folders_end(folder):
    Path("in/sub/deep/b[1].png").touch()
    assert names("in/**/*.PNG") == {"in/sub/deep/a.PNG": "sub/deep/a"}
    assert names("in/sub/*/*.PNG") == {"in/sub/deep/a.PNG": "deep/a"}
    assert names("in/sub/deep/b[1].png") == {"in/sub/deep/b[1].png": "b[1]"}


def test_a_file_that_is_named_may_be_called_anything(folder):
    assert names("in/notes.txt") == {"in/notes.txt": "notes"}


def test_two_endings_of_one_name_are_kept_apart(folder):
    Path("in/b.png").touch()
    assert names("in/b.jpg", "in/b.png") == {"in/b.jpg": "b.jpg", "in/b.png": "b.png"}


def test_what_would_become_one_file_is_refused(folder):
    Path("b.jpg").touch()
    with pytest.raises(ValueError, match=r"^in/b.jpg and b.jpg would both become b.jpg-1;"):
        find_items(["in/b.jpg", "b.jpg"], Path("out"))


@pytest.mark.parametrize("given", ["none.png", "*.gif", "in/.cache"])
def test_an_input_that_names_nothing_is_named(folder, given):
    Path("in/.cache/c.png").unlink()
    with pytest.raises(ValueError, match="names no picture; files, folders and globs do"):
        find_items(["in", given], Path("out"))
