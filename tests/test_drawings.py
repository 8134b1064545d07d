import cv2
import numpy as np
import pytest
from PIL import Image

from munit_hub.drawings import INK, clean_drawing, opened, paper_of, thin

PAPER = {"white": 255, "grey": 225, "black": 0}


def circle(size=400, pen=6, colour=(0, 0, 0), paper="white", centre=0.5, radius=0.35):
    picture = np.full((size, size, 3), PAPER[paper], np.uint8)
    middle = (int(size * centre), int(size * centre))
    cv2.circle(picture, middle, int(size * radius), colour, pen, cv2.LINE_AA)
    return Image.fromarray(picture)


def lines_of(picture):
    return np.asarray(picture.convert("L")) == 0


def is_ring(lines):
    """One connected closed line, a pixel wide, that fills the frame."""
    parts, _ = cv2.connectedComponents(lines.astype(np.uint8))
    gaps, _ = cv2.connectedComponents((~lines).astype(np.uint8), connectivity=4)
    rows, columns = np.nonzero(lines)
    extent = (np.ptp(rows), np.ptp(columns))
    blocks = lines[1:, 1:] & lines[:-1, 1:] & lines[1:, :-1] & lines[:-1, :-1]
    return parts == 2 and gaps == 3 and not blocks.any() and min(extent) >= 0.7 * len(lines)


@pytest.mark.parametrize(
    "drawing",
    [
        circle(300, 2),
        circle(1000, 2),
        circle(1000, 60),
        circle(400, 60),
        circle(colour=(250, 230, 120)),
        circle(colour=(200, 30, 30), paper="grey"),
        circle(colour=(255, 255, 255), paper="black"),
        circle(800, 5, centre=0.7, radius=0.08),
        circle(400, -1),  # an area becomes its outline
    ],
)
def test_every_pen_colour_place_and_size_becomes_the_same_ring(drawing):
    clean = clean_drawing(drawing, 96)
    assert clean.size == (96, 96) and clean.mode == "RGB"
    assert set(np.unique(np.asarray(clean))) == {0, 255}
    assert is_ring(lines_of(clean))


@pytest.mark.parametrize("radius", [1, 4, 13, 40])
def test_opening_is_that_of_a_disc_to_a_pixel(radius):
    mask = np.zeros((300, 300), np.uint8)
    cv2.circle(mask, (110, 130), 45, 1, -1)
    cv2.ellipse(mask, (190, 170), (90, 20), 30, 0, 360, 1, -1)
    cv2.line(mask, (10, 280), (290, 20), 1, 5)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    expected = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
    found, around = opened(mask, radius), np.ones((3, 3))
    assert expected.any() and found.any()
    assert (found <= cv2.dilate(expected, around)).all()
    assert (expected <= cv2.dilate(found, around)).all()


@pytest.mark.parametrize("radius", [3, 1000])
def test_nothing_is_left_of_a_mask_that_no_disc_fits_into(radius):
    mask = np.zeros((40, 40), np.uint8)
    mask[18:22] = 1
    assert not opened(mask, radius).any()


def test_an_area_of_a_large_scan_becomes_the_outline_it_becomes_when_small():
    small, large = (lines_of(clean_drawing(circle(size, -1), 96)) for size in (400, 3000))
    assert is_ring(large)
    assert not (large & ~cv2.dilate(small.astype(np.uint8), np.ones((5, 5))).astype(bool)).any()


def test_ink_on_a_transparent_layer():
    layer = np.zeros((400, 400, 4), np.uint8)
    cv2.circle(layer, (200, 200), 150, (200, 0, 0, 255), 9)
    assert is_ring(lines_of(clean_drawing(Image.fromarray(layer), 96)))


def test_edges_of_the_right_size_stay_nearly_as_they_are():
    edges = np.full((96, 96), 255, np.uint8)
    cv2.ellipse(edges, (48, 48), (45, 40), 10, 0, 360, 0, 1)
    cv2.line(edges, (30, 40), (60, 62), 0, 1)
    changed = lines_of(clean_drawing(Image.fromarray(edges), 96)) != (edges == 0)
    assert changed.sum() <= 0.1 * (edges == 0).sum()


def test_both_pens_of_a_drawing_are_seen():
    drawing = np.array(circle(400, 6))
    cv2.line(drawing, (150, 200), (250, 200), (250, 210, 160), 6)
    inner = lines_of(clean_drawing(Image.fromarray(drawing), 96))[40:56, 40:56]
    assert inner.any()


@pytest.mark.parametrize("empty", ["white", "black", "transparent"])
def test_an_empty_drawing_is_one_sentence(empty):
    shade = {"white": (255,) * 4, "black": (0, 0, 0, 255), "transparent": (0,) * 4}[empty]
    with pytest.raises(ValueError, match="The drawing is empty: draw at least one line"):
        clean_drawing(Image.new("RGBA", (300, 300), shade), 96)


def test_thinning_keeps_a_bar_connected_and_one_pixel_high():
    bar = np.zeros((20, 40), np.uint8)
    bar[6:13, 5:35] = 1
    thinned = thin(bar)
    assert (thinned.sum(axis=0)[10:30] == 1).all()
    assert cv2.connectedComponents(thinned)[0] == 2


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (500, 20)])
def test_odd_shapes_do_not_break_it(size):
    picture = Image.new("RGB", size, "white")
    if size == (1, 1):
        with pytest.raises(ValueError, match="empty"):
            clean_drawing(picture, 64)
        return
    picture.putpixel((size[0] // 2, size[1] // 2), (0, 0, 0))
    assert lines_of(clean_drawing(picture, 64)).any()


@pytest.mark.parametrize("dark", [(1, 1), (0, 1), (0.5, 0.5)])
def test_a_photographed_page_with_uneven_light(dark):
    page = np.asarray(circle(600, pen=7, colour=(40, 40, 60))).astype(np.float32)
    rows, columns = np.meshgrid(*[np.linspace(0, 1, 600)] * 2, indexing="ij")
    away = (rows - dark[0]) ** 2 + (columns - dark[1]) ** 2
    light = 0.6 + 0.4 * away / away.max()  # the corner, or the middle, in shadow
    noise = np.random.default_rng(0).normal(0, 3, page.shape)
    photograph = np.clip(page * light[..., None] + noise, 0, 255).astype(np.uint8)
    assert is_ring(lines_of(clean_drawing(Image.fromarray(photograph), 96)))


def test_lines_across_the_border_are_not_the_paper():
    picture = np.full((300, 300, 3), 250, np.uint8)
    cv2.line(picture, (0, 40), (299, 260), (0, 0, 0), 9)
    cv2.line(picture, (0, 260), (299, 40), (0, 0, 0), 9)
    assert np.abs(paper_of(picture) - 250).max() < 3


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.4])
@pytest.mark.parametrize("rows_alone", [True, False])
def test_a_table_beside_the_page_is_not_its_paper(share, rows_alone):
    picture = np.full((200, 200, 3), 250, np.uint8)
    dark = int(200 * (1 - share))
    picture[dark:, slice(None) if rows_alone else slice(dark, None)] = 60
    assert np.abs(paper_of(picture) - 250).max() < INK / 2  # of which none becomes a line
