import numpy as np
import pytest
from PIL import Image

from munit_hub.edges import draw_edges


def disc():
    y, x = np.mgrid[:60, :60]
    inside = (x - 30) ** 2 + (y - 30) ** 2 < 20**2
    return np.where(inside[..., None], [200, 40, 30], 255).astype(np.uint8)


def test_edges_are_dark_lines_on_white_where_the_picture_changes():
    edges = np.asarray(draw_edges(disc()))
    assert edges.shape == (60, 60) and set(np.unique(edges)) == {0, 255}
    rows, columns = np.nonzero(edges == 0)
    distance = np.hypot(rows - 30, columns - 30)
    assert len(rows) > 80 and (abs(distance - 20) < 2.5).all()


def test_a_picture_and_its_array_have_the_same_edges():
    assert draw_edges(Image.fromarray(disc())).tobytes() == draw_edges(disc()).tobytes()


def test_higher_thresholds_draw_less():
    noise = np.random.default_rng(0).integers(0, 255, (60, 60, 3)).astype(np.uint8)
    few, many = ((np.asarray(draw_edges(noise, low, 2 * low)) == 0).sum() for low in (120, 20))
    assert few < many


@pytest.mark.parametrize(
    "options, message",
    [
        ({"low": 100, "high": 40}, "0 < low <= high"),
        ({"low": 0}, "0 < low <= high"),
        ({"blur": 4}, "odd blur"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        draw_edges(disc(), **options)


def test_an_array_that_is_no_photo_is_refused():
    with pytest.raises(ValueError, match=r"\(H, W, 3\) uint8 array, got \(60, 60\)"):
        draw_edges(disc()[..., 0])
