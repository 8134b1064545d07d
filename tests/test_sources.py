import datasets
import pytest
from PIL import Image

from tests.shards import write_tar
from training.sources import EdgeConfig, SourceConfig, load_rows


@pytest.fixture
def parquet(tmp_path):
    """Nine pictures of three kinds; the red value of a picture is its number."""
    rows = {
        "image": [Image.new("RGB", (30, 20), (i, 0, 0)) for i in range(9)],
        "label": [i % 3 for i in range(9)],
        "variety": [f"kind {i % 2}" for i in range(9)],
    }
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["apple", "cherry", "tomato"]),
            "variety": datasets.Value("string"),
        }
    )
    path = tmp_path / "train.parquet"
    datasets.Dataset.from_dict(rows, features).to_parquet(str(path))
    return str(path)


def chosen(source):
    return [row["image"].getpixel((0, 0))[0] for row in load_rows(source)]


def test_a_column_splits_one_file_into_domains(parquet):
    assert chosen(SourceConfig(parquet, where={"label": ["tomato"]})) == [2, 5, 8]
    assert chosen(SourceConfig(parquet, where={"variety": ["kind 1"]})) == [1, 3, 5, 7]
    both = {"label": ["tomato", "apple"], "variety": ["kind 1"]}
    assert chosen(SourceConfig(parquet, where=both)) == [3, 5]


def test_parts_are_disjoint_and_whole(parquet):
    parts = [chosen(SourceConfig(parquet, part=f"{i}/2")) for i in (0, 1)]
    assert sorted(parts[0] + parts[1]) == list(range(9))
    assert parts[0] == chosen(SourceConfig(parquet, part="0/2"))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"image_column": "photo"}, "has no column 'photo'; it has image, label, variety"),
        ({"where": {"sort": ["x"]}}, "has no column 'sort'; it has"),
        ({"where": {"label": ["pear"]}}, "has no 'pear'; it has apple, cherry, tomato"),
        ({"part": "2/2"}, "part must be like"),
        ({"part": "half"}, "part must be like"),
        (
            {"where": {"label": ["apple"], "variety": ["kind 0"]}, "part": "8/9"},
            "has no pictures left",
        ),
        ({"image_column": "variety"}, "holds no pictures"),
    ],
)
def test_what_does_not_fit_is_named(parquet, options, message):
    with pytest.raises(ValueError, match=message):
        load_rows(SourceConfig(parquet, **options))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"low": 0}, "edges need 0 < low <= high, not low=0, high=100.0"),
        ({"low": 120}, "edges need 0 < low <= high, not low=120"),
        ({"blur": 4}, "edges.blur must be odd and 1 or more, not 4"),
        ({"blur": -1}, "edges.blur must be odd and 1 or more, not -1"),
        ({"vary": 0.5}, "edges.vary must be 1 or more, not 0.5"),
        ({"vary": float("nan")}, "edges.vary must be 1 or more, not nan"),
        ({"max_line_width": 0}, "edges.max_line_width must be 1 or more, not 0"),
    ],
)
def test_edges_that_cannot_be_drawn_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        EdgeConfig(**options)


def test_edges_at_the_bounds_are_allowed():
    EdgeConfig(low=0.5, high=0.5, blur=1, vary=1, max_line_width=1)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        ValueError,
        match="cannot read source '.*nothing.parquet'.*: there is no such file or folder, ",
    ):
        load_rows(SourceConfig(str(tmp_path / "nothing.parquet")))


def test_a_domain_without_a_picture_is_named(parquet, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(ValueError, match="cannot read source '.*empty'.*: .*"):
        load_rows(SourceConfig(str(folder)))
    path = tmp_path / "none.parquet"
    datasets.Dataset.from_parquet(parquet).select([]).to_parquet(str(path))
    with pytest.raises(ValueError, match="cannot read source '.*none.parquet'.* no data"):
        load_rows(SourceConfig(str(path)))


def test_webdataset_shards_are_read_as_a_table_too(tmp_path):
    source = SourceConfig(write_tar(tmp_path), image_column="png", where={"cls": ["1"]})
    assert [row["png"].getpixel((0, 0))[0] for row in load_rows(source)] == list(range(1, 18, 2))


def test_files_of_another_kind_are_named(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    with pytest.raises(ValueError, match="cannot read source .*one.png'.*: the files are .png"):
        load_rows(SourceConfig(str(tmp_path / "one.png")))
