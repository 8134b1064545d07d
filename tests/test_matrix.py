"""The papers' figure: what it is made of, and how it is drawn; without a page."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from munit_hub import CycleGanModel, UnitModel
from space.live import decode
from space.matrix import (
    MAX_CONTENTS,
    MAX_STYLES,
    Matrix,
    describe,
    draw_figure,
    drawn_matrix,
    referenced_matrix,
)
from space.style_space import drawn
from space.walk import style_of
from tests.tiny_models import tiny_model

SIZE = 32  # of the tiny model


def sketch(x):
    image = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(image).ellipse((x, 20, 80, 80), outline="black", width=4)
    return image


def photo(color):
    return Image.new("RGB", (60, 40), color)


def pixels(images):
    return [np.asarray(image).tolist() for image in images]


def flat(color):
    return Image.new("RGB", (8, 8), color)


def test_a_row_is_a_content_and_a_column_a_reference(tiny_sketch_model):
    contents, references = [sketch(10), sketch(40)], [photo("red"), photo("lime"), photo("blue")]
    made = referenced_matrix(tiny_sketch_model, contents, "fruit", references)
    assert [len(row) for row in made.cells] == [3, 3]
    styles = [style_of(tiny_sketch_model, reference, "fruit") for reference in references]
    for content, row in zip(contents, made.cells, strict=True):
        assert pixels(row) == pixels(decode(tiny_sketch_model, content, "fruit", styles))
    for picture in (*made.contents, *made.heads):  # as the model saw them
        assert picture.size == (SIZE, SIZE)
    assert len({image.tobytes() for row in made.cells for image in row}) == 6
    assert [head.getpixel((16, 16)) for head in made.heads] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    ]


def test_a_seed_draws_the_same_columns_again(tiny_sketch_model):
    first = drawn_matrix(tiny_sketch_model, [sketch(10)], "fruit", 3, 2)
    again = drawn_matrix(tiny_sketch_model, [sketch(10)], "fruit", 3, 2)
    assert draw_figure(first, 64).tobytes() == draw_figure(again, 64).tobytes()
    assert first.heads == ["seed 3", "seed 4"]
    styles = [drawn(tiny_sketch_model, "fruit", seed) for seed in (3, 4)]
    assert pixels(first.cells[0]) == pixels(decode(tiny_sketch_model, sketch(10), "fruit", styles))


def test_the_figure_has_heads_on_top_and_contents_at_the_left():
    cells = [[flat("red"), flat("lime"), flat("blue")], [flat("cyan"), flat("navy"), flat("pink")]]
    heads = [flat("gray"), flat("gold"), flat("teal")]
    figure = draw_figure(Matrix([flat("black"), flat("brown")], heads, cells), 48)
    assert figure.size == (4 * 48 + 7, 3 * 48 + 6)  # the gaps: one pixel, three at the inputs
    at = [25, 76, 125, 174]
    found = [[figure.getpixel((x, y)) for x in at] for y in at[:3]]
    left = [[flat("black")], [flat("brown")]]
    expected = [heads, *(first + row for first, row in zip(left, cells, strict=True))]
    assert [row[1:] for row in found[:1]] + found[1:] == [
        [image.getpixel((0, 0)) for image in row] for row in expected
    ]
    words = np.asarray(figure.crop((1, 1, 49, 49)).convert("L"))
    assert words.min() < 128 and np.median(words) == 255  # black on white
    assert all(figure.getpixel((x, 60)) == (255, 255, 255) for x in (0, 50, 100, 149, 198))


def test_random_styles_are_named_by_their_seeds(tiny_sketch_model):
    made = drawn_matrix(tiny_sketch_model, [sketch(10), sketch(40)], "fruit", 8, 2)
    other = drawn_matrix(tiny_sketch_model, [sketch(10), sketch(40)], "fruit", 9, 2)
    heads = [np.asarray(draw_figure(m, 96))[:96, 104:200] for m in (made, other)]
    assert all(head.min() < 128 for head in heads) and (heads[0] != heads[1]).any()
    assert describe(made) == (
        "A table of 2 by 2 translations. Left column: the contents. Top row: the words seed 8, "
        "seed 9. Each translation has the content of its row and the style of its column."
    )


def test_what_does_not_fit_gets_a_sentence(tiny_sketch_model, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno more")
    one, red = [sketch(10)], [photo("red")]
    for contents, references, words in (
        ([], red, "There is no picture yet"),
        (one, [], "There is no reference yet"),
        (one * (MAX_CONTENTS + 1), red, "At most 6 contents fit into the figure, not 7"),
        (one, red * (MAX_STYLES + 1), "At most 6 references fit into the figure, not 7"),
        ([*one, broken], red, "broken.png"),
        (one, [broken], "broken.png"),
    ):
        with pytest.raises(ValueError, match=words):
            referenced_matrix(tiny_sketch_model, contents, "fruit", references)
    for seed, count, words in ((0, 7, "number of styles"), (-1, 2, "seed"), (2**32, 2, "seed")):
        with pytest.raises(ValueError, match=words):
            drawn_matrix(tiny_sketch_model, one, "fruit", seed, count)


def test_models_without_such_styles_say_so(tmp_path):
    sizes = {"base_width": 4, "num_residual_blocks": 1, "noise_channels": 3}
    tiny_model(UnitModel).save_pretrained(tmp_path / "unit")
    noisy = CycleGanModel(**sizes, domain_names=["edges", "fruit"])
    noisy.save_pretrained(tmp_path / "cyclegan")
    with pytest.raises(ValueError, match="has no styles"):
        drawn_matrix(str(tmp_path / "unit"), [sketch(10)], "fruit", 0, 2)
    with pytest.raises(ValueError, match="noise alone"):
        referenced_matrix(str(tmp_path / "cyclegan"), [sketch(10)], "fruit", [photo("red")])
