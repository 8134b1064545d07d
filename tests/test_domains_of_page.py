"""What the page knows of found domains, and the ways between their styles."""

import numpy as np
import pytest
from PIL import Image

from munit_hub import TunitModel
from space.domains import SHEETS, domains_of, has_found_domains, in_every_domain, on_the_way
from space.models import BUNDLED, open_pipeline
from tests.tiny_models import tiny_model

PICTURE = Image.new("RGB", (40, 30), "tomato")
REFERENCE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8))


@pytest.fixture(scope="module")
def tunit(tmp_path_factory):
    """A model that found three domains, one of them empty, and whose styles differ much."""
    model = tiny_model(TunitModel)
    model.register_to_config(domain_sizes=[7, 9], sample_size=32)
    model.domain_styles.copy_(model.domain_styles + 3 * model.domain_styles.new_tensor([[0], [1]]))
    folder = tmp_path_factory.mktemp("tunit")
    model.save_pretrained(folder)
    (folder / SHEETS).mkdir()
    PICTURE.save(folder / SHEETS / "1.webp")
    return str(folder)


def pixels(image):
    return np.asarray(image, np.float64)


def test_a_domain_has_its_name_its_size_and_its_sheet(tunit):
    first, second = domains_of(tunit)
    assert (first.name, first.pictures, first.sheet) == ("edges", 7, None)
    assert (second.name, second.pictures, second.sheet.name) == ("fruit", 9, "1.webp")
    assert first.source is None


def test_the_bundled_model_shows_what_it_found():
    for domain in domains_of(str(BUNDLED / "tunit-fruits10")):
        assert domain.pictures > 400
        with Image.open(domain.sheet) as sheet:
            assert sheet.size[0] > 200 and pixels(sheet.convert("L")).std() > 20


def test_domains_that_were_given_come_from_one_another(tiny_sketch_model):
    assert not has_found_domains(tiny_sketch_model)
    assert [(one.name, one.source) for one in domains_of(tiny_sketch_model)] == [
        ("edges", "fruit"),
        ("fruit", "edges"),
    ]


def test_every_domain_gets_the_picture_in_its_mean_style(tunit):
    pipe = open_pipeline(tunit)
    images = in_every_domain(tunit, PICTURE)
    assert [image.size for image in images] == [(32, 32)] * 2
    assert abs(pixels(images[0]) - pixels(images[1])).mean() > 1
    padded = Image.new("RGB", (32, 32), "white")
    padded.paste(PICTURE.resize((32, 24)), (0, 4))
    for image, name in zip(images, ("edges", "fruit"), strict=True):
        expected = pipe(padded, target=name).images[0][0]
        assert abs(pixels(image) - pixels(expected)).max() <= 3  # bf16, where that is fast


def test_the_way_leads_from_the_mean_to_the_reference(tunit):
    mean = in_every_domain(tunit, PICTURE)[1]
    start, middle, end = (on_the_way(tunit, PICTURE, "fruit", REFERENCE, t) for t in (0, 0.5, 1))
    assert abs(pixels(start) - pixels(mean)).max() <= 3
    other_end = on_the_way(tunit, PICTURE, "edges", REFERENCE, 1)
    assert abs(pixels(end) - pixels(other_end)).max() <= 3  # a reference's style is of no domain
    far = abs(pixels(start) - pixels(end)).mean()
    assert far > 1
    assert abs(pixels(middle) - pixels(end)).mean() < far
    without = on_the_way(tunit, PICTURE, "fruit", None, 0.7)
    assert abs(pixels(without) - pixels(mean)).max() <= 3


@pytest.mark.parametrize("how_far", [-0.1, 1.01, float("nan"), float("inf"), "1", None, True, [1]])
def test_how_far_is_bounded(tunit, how_far):
    with pytest.raises(ValueError, match="a number from 0 to 1"):
        on_the_way(tunit, PICTURE, "fruit", REFERENCE, how_far)


def test_without_a_picture_there_is_a_sentence(tunit):
    with pytest.raises(ValueError, match="no picture yet"):
        on_the_way(tunit, None, "fruit", REFERENCE, 1)
    with pytest.raises(ValueError, match="no picture yet"):
        in_every_domain(tunit, None)
