import io

import datasets
import pytest
from PIL import Image

from training.folders import list_pictures
from training.sources import SourceConfig, load_rows


def write(folder, *names):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (i, 0, 0)).save(path)
    return folder


def paths(table):
    return table.cast_column("image", datasets.Image(decode=False))[:]["image"]


def test_a_folder_is_listed_without_opening_a_picture(tmp_path, monkeypatch):
    write(tmp_path, *(f"{kind}/{i}.png" for kind in ("cats", "dogs") for i in range(20)))
    opened = []
    monkeypatch.setattr(Image, "open", lambda *_: opened.append(1))
    monkeypatch.setattr("builtins.open", lambda *_: opened.append(1))
    monkeypatch.setattr(io, "open", lambda *_: opened.append(1))
    for resolves in ("load_dataset", "load_dataset_builder"):
        monkeypatch.setattr(datasets, resolves, lambda *_, **__: opened.append(1))
    rows = load_rows(SourceConfig(str(tmp_path), where={"label": ["dogs"]}))
    assert len(rows) == 20 and opened == []


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("b.png", "a.jpg", "C.PNG"), None),
        (("cats/1.png", "dogs/2.png", "dogs/3.png"), ["cats", "dogs"]),
        (("x/cats/1.png", "y/dogs/2.png", "y/cats/3.png"), ["cats", "dogs"]),
        (("cats/1.png", "cats/2.png"), None),
        (("cats/1.png", "2.png"), None),
    ],
)
def test_a_list_is_what_datasets_makes_of_the_folder(tmp_path, names, labels):
    write(tmp_path, *names, ".hidden/a.png")
    (tmp_path / "notes.txt").write_text("no picture")
    listed = list_pictures(tmp_path, "train")
    made = datasets.load_dataset("imagefolder", data_dir=str(tmp_path), split="train")
    assert listed.features == made.features
    assert paths(listed) == paths(made)
    if labels:
        assert listed.features["label"].names == labels and listed["label"][:] == made["label"][:]


def test_a_folder_of_a_split_and_a_part_of_it(tmp_path):
    write(tmp_path, "train/a.png", "train/b.png", "train/c.png", "test/d.png")
    names = [
        [path["path"].rpartition("/")[2] for path in paths(list_pictures(tmp_path, split))]
        for split in ("train", "test", "train[1:]")
    ]
    assert names == [["a.png", "b.png", "c.png"], ["d.png"], ["b.png", "c.png"]]
    assert list_pictures(tmp_path, "validation") is None


def test_a_link_to_nothing_is_no_picture(tmp_path):
    write(tmp_path, "a.png", "b.png")
    (tmp_path / "c.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "notes").symlink_to(tmp_path / "gone")
    found = [path["path"] for path in paths(list_pictures(tmp_path, "train"))]
    assert found == [str(tmp_path / "a.png"), str(tmp_path / "b.png")]


def test_what_is_more_than_pictures_is_left_to_datasets(tmp_path):
    write(tmp_path, "a.png", "b.png")
    assert list_pictures(tmp_path, "train") is not None
    (tmp_path / "metadata.csv").write_text("file_name,kind\na.png,apple\nb.png,pear\n")
    assert list_pictures(tmp_path, "train") is None
    rows = load_rows(SourceConfig(str(tmp_path), where={"kind": ["pear"]}))
    assert [row["image"].getpixel((0, 0))[0] for row in rows] == [1]


def test_the_fingerprint_changes_with_a_picture(tmp_path):
    write(tmp_path, "a.png", "b.png")
    before = list_pictures(tmp_path, "train")._fingerprint
    assert list_pictures(tmp_path, "train")._fingerprint == before
    Image.new("RGB", (9, 9), (9, 9, 9)).save(tmp_path / "b.png")
    assert list_pictures(tmp_path, "train")._fingerprint != before
