import os
import time

import pytest

from space.leftovers import sweep

CONTENT = "0123456789abcdef" * 4


@pytest.fixture
def folder(tmp_path):
    for name in (f"{CONTENT}/a.png", f"{CONTENT[::-1]}/b.png", "tmpabcd1234", "notes/c.txt", "d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_gradio_stored_goes_and_nothing_else(folder):
    time.sleep(0.05)
    sweep(folder, age=0.02)
    assert files(folder) == {"notes/c.txt", "d"}


def test_what_is_young_stays(folder):
    os.utime(folder / "tmpabcd1234", (0, 0))  # what a file says of its age does not count
    before = files(folder)
    sweep(folder, age=60)
    assert files(folder) == before


def test_emptied_folders_go_as_well(folder):
    for _ in range(2):  # emptied by the first, and old for the second
        time.sleep(0.05)
        sweep(folder, age=0.02)
    assert {path.name for path in folder.iterdir()} == {"notes", "d"}


def test_the_pages_own_pictures_stay_and_are_new_again(folder):
    own = folder / CONTENT / "a.png"
    before = own.stat().st_ctime
    time.sleep(0.05)
    sweep(folder, age=0.02, kept={str(own)})
    assert own.exists() and own.stat().st_ctime > before


def test_a_link_is_not_followed(tmp_path, folder):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_bytes(b"x")
    (folder / ("f" * 64)).symlink_to(elsewhere)
    time.sleep(0.05)
    sweep(folder, age=0.02)
    assert (elsewhere / "mine").exists()


def test_no_folder_is_no_error(tmp_path):
    sweep(tmp_path / "none", age=1)
