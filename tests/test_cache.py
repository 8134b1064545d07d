import json
import shutil
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from training.cache import build_cache, fingerprint_of, fit_grey, fit_square
from training.sources import SourceConfig


@pytest.fixture
def folder(tmp_path):
    """Nine pictures; the red value of a picture is its number."""
    for i in range(9):
        Image.new("RGB", (30, 20), (i, 0, 0)).save(tmp_path / f"{i}.png")
    return tmp_path


def test_the_cache_is_built_once_and_again_for_another_resolution(folder):
    source, folder = SourceConfig(str(folder)), folder / "cache"
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
    with pytest.raises(ValueError, match=r"picture 1 \(.*b.png\) cannot be read"):
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


def test_what_cannot_be_decoded_is_left_out_and_named_up_to_a_number(folder, caplog):
    (folder / "2.png").write_bytes(b"not a picture")
    torn = (folder / "5.png").read_bytes()[:-20]  # of which Pillow does not tell the name
    (folder / "5.png").write_bytes(torn)
    place = folder / "cache"
    with pytest.raises(ValueError, match=r"picture 5 \(.*5.png\) cannot be read"):
        build_cache(SourceConfig(str(folder), max_bad_images=1), 8, place)
    path = build_cache(SourceConfig(str(folder), max_bad_images=2), 8, place)
    assert np.load(path)[:, 0, 0, 0].tolist() == [0, 1, 3, 4, 6, 7, 8]
    bad = json.loads(path.with_suffix(".bad.json").read_text())
    assert list(bad) == ["2", "5"] and "cannot be read" in bad["5"]
    assert "2 pictures left out, see" in caplog.text
    assert {p.suffix for p in place.iterdir()} == {".npy", ".json"}


def test_a_source_of_broken_pictures_alone_is_an_error(tmp_path):
    (tmp_path / "a.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match="picture 0 .* cannot be read"):
        build_cache(SourceConfig(str(tmp_path), max_bad_images=9), 8, tmp_path / "cache")


def test_sixteen_bits_are_kept_and_a_window_chooses_among_them(tmp_path):
    values = np.linspace(1000, 1255, 64, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / "xray.png")
    whole = np.load(build_cache(SourceConfig(str(tmp_path), channels=1), 8, tmp_path / "c"))
    assert whole.dtype == np.uint16 and np.array_equal(whole[0], values)
    source = SourceConfig(str(tmp_path), channels=1, window=[1000, 1255])
    windowed = np.load(build_cache(source, 8, tmp_path / "c"))[0]
    wanted = (values.astype(float) - 1000) / 255 * 65535
    assert np.abs(windowed - wanted).max() <= 1 and windowed.max() == 65535


def test_what_would_lose_bits_or_get_a_range_of_its_own_is_told(tmp_path, caplog):
    for i in range(2):
        Image.fromarray(np.full((8, 8), 1000 + i, np.uint16)).save(tmp_path / f"{i}.png")
    build_cache(SourceConfig(str(tmp_path)), 8, tmp_path / "c")
    assert caplog.text.count("pictures have more than 8 bits; channels: 1 would keep them") == 1
    folder = tmp_path / "deep"
    folder.mkdir()
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(folder / "0.tif")
    with pytest.raises(ValueError, match=r"32 bits needs the source's window: \[low, high\]"):
        build_cache(SourceConfig(str(folder), channels=1), 8, tmp_path / "c")
    source = SourceConfig(str(folder), channels=1, window=[0, 1])
    assert np.load(build_cache(source, 8, tmp_path / "c"))[0, 0, 0] in (32767, 32768)


def test_a_disk_that_cannot_hold_the_cache_is_one_sentence(folder, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match=r"data.cache_dir=.* has 9.31e-07 GiB left; choose another"):
        build_cache(SourceConfig(str(folder)), 8, folder / "cache")
    assert list((folder / "cache").iterdir()) == []


def test_eight_bit_grey_and_colour_become_grey():
    assert fit_grey(Image.new("L", (9, 9), 128), 4).tolist() == [[128 * 257] * 4] * 4
    assert fit_grey(Image.new("RGB", (9, 9), (255, 255, 255)), 4).min() == 65535
    assert fit_grey(Image.new("L", (9, 9), 60), 4, (50, 70)).max() in (32767, 32768)


@pytest.mark.parametrize("options", [{"window": [0, 255]}, {"window": [9, 3], "channels": 1}])
def test_a_window_that_cannot_be_is_named(options):
    with pytest.raises(
        ValueError, match=r"window must be \[low, high\] of a source with channels: 1"
    ):
        SourceConfig("x", **options)


def test_a_copy_has_the_same_fingerprint_and_another_picture_another(folder, tmp_path_factory):
    def fingerprint(place):
        source = SourceConfig(path=str(place))
        return fingerprint_of(build_cache(source, 16, elsewhere / "cache"))

    elsewhere = tmp_path_factory.mktemp("elsewhere")
    copy = elsewhere / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)  # which are of today
    first = fingerprint(folder)
    assert fingerprint(copy) == first == fingerprint(folder)
    picture = next(path for path in sorted(copy.iterdir()))
    Image.new("RGB", (20, 20), "lime").save(picture)
    assert fingerprint(copy) != first


def test_no_thread_outlives_a_cache_that_failed(folder):
    (folder / "0.png").write_bytes(b"not a picture")
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="picture 0") as held:  # with the frames of what failed
        build_cache(SourceConfig(str(folder)), 8, folder / "cache")
    begun = {thread.name for thread in set(threading.enumerate()) - before}
    assert held and not any("ThreadPoolExecutor" in name for name in begun)
