import datasets
import numpy as np
import pytest
from PIL import Image

from training.sources import SourceConfig, build_cache, fit_square, load_rows


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


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="cannot read source '.*nothing.parquet'"):
        load_rows(SourceConfig(str(tmp_path / "nothing.parquet")))


def test_the_cache_is_built_once_and_again_for_another_resolution(parquet, tmp_path):
    source, folder = SourceConfig(parquet), tmp_path / "cache"
    path = build_cache(source, 8, folder)
    written = path.stat().st_mtime_ns
    assert build_cache(source, 8, folder) == path and path.stat().st_mtime_ns == written
    assert build_cache(source, 16, folder) != path
    cached = np.load(path, mmap_mode="r")
    assert cached.shape == (9, 8, 8, 3) and cached[4, 0, 0].tolist() == [4, 0, 0]
    assert not list(folder.glob("*.partial"))


def test_a_broken_picture_leaves_no_cache(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match="picture 1 cannot be read"):
        build_cache(SourceConfig(str(tmp_path)), 8, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_fit_square_takes_the_upright_middle_over_white():
    wide = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    wide.paste((255, 0, 0, 255), (10, 0, 30, 20))
    assert np.asarray(fit_square(wide, 10))[5, 5].tolist() == [255, 0, 0]
    assert np.asarray(fit_square(Image.new("RGBA", (5, 5), (0, 0, 0, 0)), 10)).min() == 255


def test_a_picture_from_a_phone_is_turned_upright(tmp_path):
    upside_down = Image.new("RGB", (20, 20))
    upside_down.paste((255, 255, 255), (0, 0, 20, 10))
    exif = Image.Exif()
    exif[0x0112] = 3
    upside_down.save(tmp_path / "phone.jpg", exif=exif)
    with Image.open(tmp_path / "phone.jpg") as picture:
        upright = np.asarray(fit_square(picture, 20))
    assert upright[2].mean() < 20 and upright[17].mean() > 235
