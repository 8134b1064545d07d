"""Folders of pictures become datasets, which load back and train."""

import json

import numpy as np
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from munit_hub.card_text import is_ours
from munit_hub.edges import draw_edges
from munit_hub.preparing.making import make_dataset
from munit_hub.preparing.publishing import push_dataset
from munit_hub.preparing.rows import About, Recipe
from tests.tiny_work import draw, tree
from training.sources import SourceConfig, load_rows

datasets = pytest.importorskip("datasets")

FILES = ["README.md", "data/test-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "hf_datasets"))


@pytest.fixture
def pictures(tmp_path):
    """cats/ with 6 pictures, of which one twice and one broken, and dogs/ with 5."""
    for number in range(6):
        draw(tmp_path / "cats" / f"{number}.png", number, size=(40, 20))
    with Image.open(tmp_path / "cats" / "0.png") as again:
        again.save(tmp_path / "cats" / "again.bmp")
    (tmp_path / "cats" / "broken.png").write_text("x")
    for number in range(1, 6):
        draw(tmp_path / "dogs" / f"{number}.png", 10 + number, size=(40, 20))
    return str(tmp_path / "cats"), str(tmp_path / "dogs")


def rows_of(folder, split="train"):
    return datasets.load_dataset(str(folder), split=split)


def sources_in(card):
    """The lines for the trainer that a card shows, as they are read from YAML."""
    import yaml

    return yaml.safe_load(card.split("```yaml\n")[1].split("```")[0])["data"]


def test_unpaired_pictures_are_shrunk_and_each_there_once(pictures, tmp_path):
    out = tmp_path / "cat2dog"
    recipe = Recipe("unpaired", pictures, ("cat", "dog"), size=10)
    made = make_dataset(recipe, out, About("Pets", "mit", "By *me*."), test=0.2)
    assert made.rows == {"train": 9, "test": 2} and made.tally.duplicates == 1
    assert [name for name, _ in made.tally.failures] == ["broken"] and tree(out) == FILES
    train, test = rows_of(out), rows_of(out, "test")
    assert train.features["domain"].names == ["cat", "dog"]
    found = {row["image"].tobytes() for rows in (train, test) for row in rows}
    assert len(found) == 11 and {row["image"].size for row in train} == {(20, 10)}
    card = DatasetCard.load(out / "README.md")
    assert card.data.license == "mit" and card.data.pretty_name == "Pets"
    assert "# Pets\n" in card.text and "## Attribution\n\nBy *me*.\n" in card.text


def test_the_trainer_reads_what_the_card_says(pictures, tmp_path):
    out = tmp_path / "cat2dog"
    make_dataset(Recipe("unpaired", pictures, ("cat", "dog")), out, test=0.2)
    card = (out / "README.md").read_text()
    counts = []
    for name, said in sources_in(card)["sources"].items():
        assert said.pop("path") == "your-name/cat2dog" and said == {"where": {"domain": [name]}}
        counts.append(len(load_rows(SourceConfig(str(out), **said))))
    assert sum(counts) == 9


def test_edges_are_beside_their_photographs_and_read_as_halves(pictures, tmp_path):
    out = tmp_path / "edges"
    recipe = Recipe("edges", pictures[:1], low=20, high=60, blur=3)
    made = make_dataset(recipe, out, test=0)
    assert made.rows == {"train": 6} and tree(out) == [FILES[0], FILES[2]]
    for row in rows_of(out):
        drawn = draw_edges(row["image"], 20, 60, 3)
        assert np.array_equal(np.asarray(row["edges"]), np.asarray(drawn))
    card = (out / "README.md").read_text()
    assert "thresholds 20 and 60, after a Gaussian blur of 3 pixels" in card
    parts = {name: said["part"] for name, said in sources_in(card)["sources"].items()}
    assert parts == {"edges": "0/2", "photo": "1/2"}


def test_pairs_are_of_the_same_name(pictures, tmp_path):
    out = tmp_path / "pairs"
    made = make_dataset(Recipe("paired", pictures, ("cat", "dog")), out, test=0)
    assert made.rows == {"train": 5} and made.tally.alone == 3
    rows = rows_of(out)
    assert rows["name"][:] == ["1", "2", "3", "4", "5"]
    with Image.open(tmp_path / "dogs" / "3.png") as dog:
        assert np.array_equal(np.asarray(rows[2]["dog"]), np.asarray(dog))
    data = sources_in((out / "README.md").read_text())
    assert data["paired"] is True and data["sources"]["cat"]["image_column"] == "cat"


def test_the_seed_draws_the_split(pictures, tmp_path):
    recipe, tests = Recipe("unpaired", pictures, ("cat", "dog")), []
    for seed in (0, 0, 1):
        out = tmp_path / f"out{len(tests)}"
        make_dataset(recipe, out, test=0.3, seed=seed)
        tests.append([row["image"].tobytes() for row in rows_of(out, "test")])
    assert tests[0] == tests[1] != tests[2] and len(tests[0]) == 3


def test_a_dataset_is_a_source_too(pictures, tmp_path):
    make_dataset(Recipe("unpaired", pictures, ("cat", "dog")), tmp_path / "one", test=0)
    made = make_dataset(Recipe("edges", (str(tmp_path / "one"),)), tmp_path / "two", test=0)
    assert made.rows == {"train": 12 - 12 + 11}


def test_what_stops_in_the_middle_leaves_the_earlier_one(pictures, tmp_path, monkeypatch):
    recipe = Recipe("unpaired", pictures, ("cat", "dog"))
    make_dataset(recipe, tmp_path / "out", test=0)
    before = {name: (tmp_path / "out" / name).read_bytes() for name in tree(tmp_path / "out")}

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("munit_hub.preparing.making._write", stop)
    with pytest.raises(KeyboardInterrupt):
        make_dataset(recipe, tmp_path / "out")
    after = {name: (tmp_path / "out" / name).read_bytes() for name in tree(tmp_path / "out")}
    assert after == before and not list(tmp_path.glob(".dataset-*"))


REFUSED = {
    "one domain": (Recipe("unpaired", ("cats",), ("cat",)), "needs at least two SOURCEs"),
    "three of a pair": (Recipe("paired", ("a", "b", "c"), ("a", "b", "c")), "needs two, not 3"),
    "names": (Recipe("unpaired", ("a/x", "b/x"), ("x", "x")), "needs 2 different --names, not x"),
    "parquet pairs": (Recipe("paired", ("a.parquet", "b"), ("a", "b")), "paired needs folders or"),
    "size": (Recipe("edges", ("cats",), size=0), "--size must be at least 1 pixel"),
    "a name of nothing": (Recipe("unpaired", ("a", "b"), ("a", "")), "--names must not be empty"),
    "the column of names": (Recipe("paired", ("a", "b"), ("name", "b")), "can be called name"),
    "nothing there": (Recipe("edges", ("*.none",)), "names no picture"),
    "thresholds": (Recipe("edges", ("cats",), low=9, high=3), "edges need 0 < low <= high"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_one_sentence(pictures, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    recipe, said = REFUSED[case]
    with pytest.raises(ValueError, match=said):
        make_dataset(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


ID = "me/cat2dog"
MINE = "---\nlicense: mit\n---\n# Mine\n"


def test_there_and_back_and_into_the_trainer(here, hub_datasets, pictures, tmp_path):
    command = ("dataset", "unpaired", *pictures, "-o", "out", "--names", "cat,dog", "--test", 0.2)
    code, out, err = here(*command, "--push", ID, "--license", "mit", "--json")
    told = json.loads(out)
    assert code == 3 and told["rows"] == {"train": 9, "test": 2} and told["duplicates"] == 1
    assert "Left out: broken: " in err and "/datasets/me/cat2dog/commit/" in told["commit"]
    assert set(hub_datasets.store.repos["dataset", ID].files()) == set(FILES)
    card = DatasetCard(hub_datasets.store.repos["dataset", ID].files()["README.md"].data.decode())
    assert card.data.license == "mit" and f"path: {ID}, where" in card.text
    card.validate(repo_type="dataset")
    assert len(datasets.load_dataset(ID, split="test")) == 2
    rows = [load_rows(SourceConfig(ID, where={"domain": [name]})) for name in ("cat", "dog")]
    assert sum(map(len, rows)) == 9 and rows[0][0]["image"].size == (40, 20)


def test_an_edited_card_stays_and_old_files_go(hub, pictures, tmp_path):
    make_dataset(Recipe("unpaired", pictures, ("cat", "dog")), tmp_path / "out", test=0.2)
    push_dataset(tmp_path / "out", ID)
    hub.store.repos["dataset", ID].commit(
        "main",
        hub.store.repos["dataset", ID].files()
        | {
            "README.md": hub.store.repos["dataset", ID]
            .files()["README.md"]
            ._replace(data=MINE.encode())
        },
        "by hand",
    )
    make_dataset(Recipe("unpaired", pictures, ("cat", "dog")), tmp_path / "out", test=0)
    push_dataset(tmp_path / "out", ID)
    files = hub.store.repos["dataset", ID].files()
    assert files["README.md"].data == MINE.encode() and set(files) == {FILES[0], FILES[2]}


def test_a_card_that_was_edited_here_stays_and_is_pushed(hub, pictures, tmp_path):
    recipe = Recipe("unpaired", pictures, ("cat", "dog"))
    make_dataset(recipe, tmp_path / "out")
    assert is_ours((tmp_path / "out" / "README.md").read_text())
    (tmp_path / "out" / "README.md").write_text(MINE)
    make_dataset(recipe, tmp_path / "out")
    assert (tmp_path / "out" / "README.md").read_text() == MINE
    push_dataset(tmp_path / "out", ID)
    assert hub.store.repos["dataset", ID].files()["README.md"].data == MINE.encode()


def test_the_command_names_domains_by_their_folders(here, pictures, tmp_path):
    code, out, _ = here("dataset", "unpaired", *pictures, "-o", "out", "--test", 0)
    assert code == 3 and out == "11 rows of train, in out; left out: 1 seen already\n"
    assert rows_of(tmp_path / "out").features["domain"].names == ["cats", "dogs"]
    code, _, err = here("dataset", "unpaired", *pictures, "-o", "out")
    assert code == 2 and "out is not empty; --overwrite" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ["corners", "x", "-o", "out"],
            "'corners' is no KIND; allowed are edges, unp",
        ),
        (["edges", "x", "-o", "out", "--names", "a,b"], "--names is not for edges"),
        (["edges", "x", "-o", "out", "--push", "a/b/c"], "REPO_ID must be such as"),
    ],
)
def test_wrong_use_is_exit_code_2(here, args, said):
    code, out, err = here("dataset", *args)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err


def test_names_are_names_in_the_card_whatever_yaml_takes_them_for(pictures, tmp_path):
    names = ("on", "1: b")
    make_dataset(Recipe("unpaired", pictures, names), tmp_path / "out", test=0)
    sources = sources_in((tmp_path / "out" / "README.md").read_text())["sources"]
    assert {name: said["where"]["domain"] for name, said in sources.items()} == {
        name: [name] for name in names
    }


def test_only_files_of_such_a_dataset_go_there_and_give_way(hub, pictures, tmp_path):
    recipe, mine = Recipe("unpaired", pictures, ("cat", "dog")), tmp_path / "out/data/mine.parquet"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    for test in (0.2, 0):
        make_dataset(recipe, tmp_path / "out", test=test)
        push_dataset(tmp_path / "out", ID)
        assert mine.read_bytes() == b"mine"
        repo = hub.store.repos["dataset", ID]
        theirs = {"data/labels.csv": repo.files()["README.md"]}
        repo.commit("main", repo.files() | theirs, "by hand")
    make_dataset(recipe, tmp_path / "out", test=0)
    push_dataset(tmp_path / "out", ID)
    assert set(repo.files()) == {FILES[0], FILES[2], "data/labels.csv"}
