"""Datasets of any size: streamed, in shards of their own, by any number of processes."""

import io
import json
import os
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from munit_hub import TranslationPipeline
from munit_hub.bulk.opening import version_of
from munit_hub.bulk.portions import Portion, portion_of_process
from munit_hub.bulk.tables import Table, TableJob
from munit_hub.bulk.work import Translator, Work
from tests.hub_store import Blob
from tests.tiny_work import draw, tree

datasets = pytest.importorskip("datasets")
pq = pytest.importorskip("pyarrow.parquet")

ID = "me/pictures"
ROOT = Path(__file__).resolve().parents[1]
ACCELERATE = [str(Path(sys.executable).with_name("accelerate")), "launch", "--quiet"]
ACCELERATE += ["--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
ACCELERATE += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
ACCELERATE += ["-m", "munit_hub.cli"]


def picture(number, size=(20, 16)):
    values = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


@pytest.fixture
def source(tmp_path):
    """A dataset of 10 labelled pictures in row groups of 3, the fifth of them broken."""
    return write_source(tmp_path / "source" / "train.parquet")


def write_source(path, rows=10, broken=5):
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["red", "blue"]),
            "file": datasets.Value("string"),
        }
    )
    pictures = [picture(n) for n in range(rows)]
    if broken is not None:
        pictures[broken] = {"bytes": b"broken", "path": None}
    columns = {"image": pictures, "label": [n % 2 for n in range(rows)]}
    columns["file"] = [f"{n}.png" for n in range(rows)]
    table = datasets.Dataset.from_dict(columns, features=features).with_format("arrow")[:]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=3)
    return str(path.parent)


def load(folder, cache):
    return datasets.load_dataset(str(folder), split="train", cache_dir=str(cache))


WHOLE = Portion()


def run_job(source, out, translate, portion=WHOLE, overwrite=False, **more):
    job = TableJob(Table(source, **more), out, overwrite)
    return list(job.run(translate, portion))


CARD = "README.md"
SHARDS = [f"data/train-0000{n}-of-00004.parquet" for n in range(4)]


def test_every_row_comes_back_with_its_translations(source, translate, saved_model, tmp_path):
    outcomes = run_job(source, tmp_path / "out", translate)
    assert [o.made for o in outcomes] == [True] * 4 and tree(tmp_path / "out") == [CARD, *SHARDS]
    failed = [("train-00001-of-00004.parquet row 2", "the picture cannot be read")]
    assert sum((o.failures for o in outcomes), []) == failed
    made = load(tmp_path / "out", tmp_path / "cache")
    assert made["file"][:] == [f"{n}.png" for n in range(10)]
    assert made.features["label"].names == ["red", "blue"] and made["label"][:4] == [0, 1, 0, 1]
    pipe = TranslationPipeline.from_pretrained(saved_model)
    for row in (0, 9):
        given = made[row]["image"]
        expected = pipe(given, target="fruit", num_styles=2, seed=0).images[0]
        for style, translation in enumerate(expected, 1):
            found = made[row][f"translated_{style}"]
            assert np.array_equal(np.asarray(found), np.asarray(translation))
    raw = made.cast_column("image", datasets.Image(decode=False))
    assert raw[5]["image"]["bytes"] == b"broken" and raw[5]["translated_1"] is None
    assert raw[0]["image"]["bytes"] == picture(0)["bytes"]  # as it was, not encoded anew


def test_the_card_says_what_made_it_and_an_edited_one_stays(source, translate, tmp_path):
    path = tmp_path / "out" / CARD
    run_job(source, path.parent, translate)
    card = DatasetCard.load(path)
    assert card.data.task_categories == ["image-to-image"] and "generated" in card.data.tags
    assert "| Model | m |" in card.text and "| Seed | 0 |" in card.text
    assert "`translated_1`, `translated_2`" in card.text and str(tmp_path) not in card.text
    path.write_text("mine")
    run_job(source, path.parent, translate)
    assert path.read_text() == "mine"


def test_shards_that_are_there_are_passed_over(source, translate, tmp_path):
    out = tmp_path / "out"
    run_job(source, out, translate)
    before = {name: (out / name).stat().st_mtime_ns for name in SHARDS}
    (out / SHARDS[2]).unlink()
    assert [o.made for o in run_job(source, out, translate)] == [False, False, True, False]
    after = {name: (out / name).stat().st_mtime_ns for name in SHARDS}
    assert [name for name in SHARDS if after[name] != before[name]] == [SHARDS[2]]


def test_what_stops_in_the_middle_leaves_whole_shards(source, translate, tmp_path):
    class Stopping(Translator):
        def __init__(self):
            self.__dict__ |= translate.__dict__
            self.seen = 0

        def __call__(self, picture):
            self.seen += 1
            if self.seen == 5:
                raise KeyboardInterrupt
            return super().__call__(picture)

    with pytest.raises(KeyboardInterrupt):
        run_job(source, tmp_path / "out", Stopping())
    assert tree(tmp_path / "out") == [CARD, SHARDS[0]]
    assert [o.made for o in run_job(source, tmp_path / "out", translate)] == [False] + [True] * 3


def test_shards_of_something_else_stay(source, translate, saved_model, tmp_path):
    out = tmp_path / "out"
    run_job(source, out, translate)
    other = Translator(Work(saved_model, "edges", num_styles=2))
    with pytest.raises(
        ValueError, match="is of another command or input; --overwrite writes over it"
    ):
        run_job(source, out, other)
    with pytest.raises(ValueError, match="of another dataset or --max-shards; choose another"):
        run_job(source, out, translate, max_shards=2)
    assert all(o.made for o in run_job(source, out, other, overwrite=True))
    write_source(tmp_path / "source" / "train.parquet", rows=12)
    with pytest.raises(ValueError, match="is of another command"):
        run_job(source, out, other)


def test_a_long_dataset_is_no_more_memory_than_a_short_one(translate, tmp_path, monkeypatch):
    monkeypatch.setattr("munit_hub.bulk.shards._ROWS_AT_ONCE", 4)
    path = tmp_path / "source" / "train.parquet"
    source, seen, most = write_source(path, rows=40, broken=None), [], []

    class Watched(Translator):
        def __init__(self):
            self.__dict__ |= translate.__dict__

        def __call__(self, picture):
            seen.append(weakref.ref(picture))
            most.append(sum(ref() is not None for ref in seen))
            return super().__call__(picture)

    run_job(source, tmp_path / "out", Watched(), max_shards=1)
    _, name = tree(tmp_path / "out")
    assert len(most) == 40 and max(most) <= 2
    assert pq.read_metadata(tmp_path / "out" / name).num_row_groups == 10


def test_a_folder_of_pictures_is_a_dataset_too(translate, tmp_path):
    for number in range(3):
        draw(tmp_path / "in" / ("cat" if number else "dog") / f"{number}.png", number)
    outcomes = run_job(str(tmp_path / "in"), tmp_path / "out", translate)
    assert not any(o.failures for o in outcomes)
    made = load(tmp_path / "out", tmp_path / "cache")
    assert len(made) == 3 and made[0]["translated_2"].size == (20, 16)
    assert made.features["label"].names == ["cat", "dog"] and made[0]["image"].size == (20, 16)


def test_a_dataset_of_the_hub_is_read_at_one_commit(source, translate, hub_datasets, tmp_path):
    def put(data):
        repo = hub_datasets.store.repos.get(("dataset", ID))
        repo = repo or hub_datasets.store.create(ID, "dataset")
        repo.commit("main", {"data/train.parquet": Blob(data, True)}, "by hand")

    path, out = Path(source) / "train.parquet", tmp_path / "out"
    put(path.read_bytes())
    before = TableJob(Table(ID), out)
    put(b"changed meanwhile")
    assert [o.made for o in before.run(translate, WHOLE)] == [True] * 4
    assert load(out, tmp_path / "cache")["file"][:] == [f"{n}.png" for n in range(10)]
    asked = [r.path for r in hub_datasets.asked if "/resolve/" in r.path]
    assert asked and not [path for path in asked if "/resolve/main/" in path]
    with pytest.raises(ValueError, match="^The Hub shows no me/none: check the id"):
        TableJob(Table("me/none"), out)


REFUSED = {
    "column": ({"image_column": "label"}, r"no pictures in a column label; it has image \(Image\)"),
    "split": ({"split": "test"}, "split 'test', cannot be read: "),
    "slice": ({"split": "train[:2]"}, "--split must be the name of a split"),
    "shards": ({"max_shards": 0}, "--max-shards must be at least 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_one_sentence(source, translate, tmp_path, case):
    options, said = REFUSED[case]
    with pytest.raises(ValueError, match=said):
        run_job(source, tmp_path / "out", translate, **options)
    assert not (tmp_path / "out").exists()


def test_a_column_that_is_there_is_not_replaced(source, translate, tmp_path):
    run_job(source, tmp_path / "once", translate)
    with pytest.raises(ValueError, match="has a column translated_1 already"):
        run_job(str(tmp_path / "once"), tmp_path / "twice", translate)


def test_the_portions_of_processes_and_parts_are_the_whole_once():
    done = []
    for part in range(3):
        for rank in range(4):
            environment = {"RANK": str(rank), "WORLD_SIZE": "4"}
            done += portion_of_process(f"{part}/3", environment).of(range(100))
    assert sorted(done) == list(range(100))
    assert portion_of_process("0/1", {}).of("abc") == "abc"


@pytest.mark.slow
def test_two_processes_do_all_of_it_and_go_on_where_it_stopped(
    source, saved_model, translate, tmp_path
):
    run_job(source, tmp_path / "alone", translate)
    out = tmp_path / "out"
    (out / "data").mkdir(parents=True)
    first = out / SHARDS[0]
    first.write_bytes((tmp_path / "alone" / SHARDS[0]).read_bytes())
    before = first.stat().st_mtime_ns
    environment = {"PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    command = ["translate", saved_model, "--dataset", source, "--target", "fruit", "-n", "2"]
    done = subprocess.run(
        [*ACCELERATE, *command, "--json", "-o", str(out)],
        env=os.environ | environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0  # else the one would end the other
    told = json.loads("[" + done.stdout.replace("}\n{", "},{") + "]")
    assert [report["total"] for report in told] == [2, 2]
    assert sum(report["done"] for report in told) == 3
    assert first.stat().st_mtime_ns == before and tree(out) == [CARD, *SHARDS]
    one, other = (load(folder, tmp_path / "cache") for folder in (out, tmp_path / "alone"))
    assert one.with_format("arrow")[:] == other.with_format("arrow")[:]


def test_a_version_tells_changed_files_wherever_they_are_seen_from(tmp_path, monkeypatch):
    draw(tmp_path / "in" / "sub" / "a.png", 0)
    monkeypatch.chdir(tmp_path)
    names = ("in", str(tmp_path / "in"), "in/**/*.png")
    before = version_of("in")
    assert {version_of(name) for name in names} == {before}
    shutil.copytree("in", "copy")
    assert version_of("copy") == before
    whole = bytearray((tmp_path / "in" / "sub" / "a.png").read_bytes())
    whole[-1] ^= 1
    (tmp_path / "in" / "sub" / "a.png").write_bytes(whole)
    after = {version_of(name) for name in names}
    assert len(after) == 1 and before not in after
