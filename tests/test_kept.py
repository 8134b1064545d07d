"""What a visitor keeps of a translation: the zip, the names of files, the style of a result."""

import json
import re
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image, ImageDraw

from munit_hub.pipeline import TranslationPipeline
from space.inference import Translation, translate
from space.kept import archive, from_png, keep, stem, style_of


@pytest.fixture
def sketch():
    image = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(image).ellipse((20, 20, 80, 80), outline="black", width=4)
    return image


def kept(number=1, name="me/net", target="fruit", seed=0):
    """Of black pictures; the code of each is its place."""
    images = [Image.new("RGB", (8, 8))] * number
    made = Translation(images, images[0], [[float(i)] for i in range(number)])
    return keep("model", name, target, True, seed, made)


def unzipped(data):
    with ZipFile(BytesIO(data)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


@pytest.mark.parametrize("number", [1, 16])
def test_the_zip_holds_every_result_the_input_and_how_to_repeat_it(number):
    files = unzipped(archive(kept(number, seed=7)))
    names = [f"net-fruit-seed7-{i:02}.png" for i in range(1, number + 1)]
    assert [*files] == [*names, "net-fruit-seed7-input.png", "net-fruit-seed7.json"]
    facts = json.loads(files["net-fruit-seed7.json"])
    assert facts["results"] == names and facts["input"] == "net-fruit-seed7-input.png"
    assert (facts["model"], facts["target"], facts["seed"]) == ("me/net", "fruit", 7)
    assert facts["styles"] == [[float(i)] for i in range(number)]


def test_what_the_zip_says_repeats_its_pictures(tiny_sketch_model, sketch):
    made = translate(tiny_sketch_model, sketch, "fruit", num_styles=3, seed=5)
    files = unzipped(archive(keep(tiny_sketch_model, "net", "fruit", True, 5, made)))
    facts = json.loads(files["net-fruit-seed5.json"])
    words = facts | {"model": tiny_sketch_model, "input": from_png(files[facts["input"]])}
    again = eval(facts["repeat"], {"TranslationPipeline": TranslationPipeline}, words)
    for name, image in zip(facts["results"], again.images[0], strict=True):
        assert np.array_equal(image, from_png(files[name]))


@pytest.mark.parametrize(
    ("name", "target", "begin"),
    [
        ("me/net", "fruit", "net-fruit"),
        ("../../etc", "a b", "etc-a-b"),
        ("me/<b>&", '"; rm -r', "b-rm-r"),
        ("Äpfel", "🍎", "pfel-model"),
        ("me/" + "n" * 999, "fruit", "n" * 40 + "-fruit"),
    ],
)
def test_the_names_of_files_are_plain_and_short_whatever_a_model_is_called(name, target, begin):
    translation = kept(name=name, target=target, seed=None)  # of a reference: no seed decided
    assert stem(translation) == begin
    assert all(
        re.fullmatch(r"[A-Za-z0-9.-]{1,100}", file) for file in unzipped(archive(translation))
    )


def test_the_style_of_a_result_is_its_code_among_those_it_was_decoded_with():
    style = style_of(kept(3), 1)
    assert (style.codes, style.index, style.target) == ([[0.0], [1.0], [2.0]], 1, "fruit")
    for index in (-1, 3):
        with pytest.raises(ValueError, match=rf"no result {index + 1}: there are 3"):
            style_of(kept(3), index)


def test_in_a_style_in_use_there_is_one_result_whose_style_is_that_one(tiny_sketch_model, sketch):
    first = translate(tiny_sketch_model, sketch, "fruit", num_styles=3)
    used = style_of(keep(tiny_sketch_model, "net", "fruit", True, 0, first), 2)
    again = translate(tiny_sketch_model, sketch, "fruit", styles=used.codes)
    result = keep(tiny_sketch_model, "net", "fruit", True, None, again, used)
    assert result.results == [used.picture]  # the very pixels
    assert (len(unzipped(archive(result))), result.styles) == (3, [first.styles[2]])
    assert style_of(result, 0) == used
