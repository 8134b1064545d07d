"""The arithmetic of styles, and what is made with it; without a page."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from munit_hub import CycleGanModel, MunitModel, TunitModel, UnitModel
from space import live, models, style_map, walk
from space.style_space import (
    LIMIT,
    MAX_SLIDERS,
    STYLES,
    Frame,
    clipped,
    drawn,
    has_style_space,
    open_space,
    principal_frame,
)
from tests.needs import need
from tests.tiny_models import tiny_model

SIZE, DIM = 32, 8  # of the tiny model


def sketch(x=40):
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).ellipse((x, 40, 150, 160), outline="black", width=5)
    return image


def pixels(images):
    return [np.asarray(image).tolist() for image in images]


@pytest.fixture(scope="module")
def tiny_tunit(tmp_path_factory):
    """A folder with a random model of two found domains, whose styles have twenty numbers."""
    torch.manual_seed(0)
    sizes = {"base_width": 4, "num_residual_blocks": 1, "guide_width": 2, "mlp_width": 8}
    model = TunitModel((3, 3), ("0", "1"), **sizes, num_downsamples=1, style_dim=20)
    model.domain_styles.copy_(torch.randn(2, 20))
    model.register_to_config(sample_size=SIZE, domain_sizes=[16, 16])
    folder = tmp_path_factory.mktemp("tunit")
    model.save_pretrained(folder)
    return str(folder)


def with_styles(folder, styles):
    """The model's folder with styles of real pictures beside it."""
    (Path(folder) / STYLES).write_text(json.dumps(styles))


@pytest.fixture
def model_with_styles(tmp_path):
    tiny_model(MunitModel).save_pretrained(tmp_path)
    rng = np.random.default_rng(0)
    flat = rng.standard_normal((50, 2)) @ [[0.8, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0.4, 0, 0, 0, 0, 0]]
    with_styles(tmp_path, {"fruit": (flat + 0.5).tolist()})
    return str(tmp_path)


def test_a_known_plane_is_found():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0][:2]
    flat = rng.uniform(-1, 1, (400, 2)) * (4, 2)
    frame = principal_frame(flat @ axes + 7, 2, reach=0.9)
    found = frame.numbers(flat @ axes + 7)
    assert np.allclose(frame.styles(found), flat @ axes + 7)  # nothing lies outside the plane
    assert np.allclose(np.abs(found).max(0), 0.9)
    same = np.abs(frame.axes @ axes.T) / np.linalg.norm(frame.axes, axis=1)[:, None]
    assert np.allclose(same, np.eye(2), atol=0.05)  # the longer direction first
    assert np.allclose(frame.origin, 7 + flat.mean(0) @ axes)


def test_a_style_outside_has_the_numbers_of_the_nearest_inside():
    frame = Frame(np.array([1.0, 0, 0]), np.array([[0.0, 2, 0]]))
    assert np.allclose(frame.numbers([5, 6, 7]), [3])


def test_there_are_no_more_directions_than_the_styles_differ_in():
    frame = principal_frame(np.array([[0.0, 0, 0], [1, 1, 0], [2, 2, 0]]), 2, 1)
    assert np.allclose(frame.axes, [[1, 1, 0]])
    assert principal_frame(np.ones((4, 3)), 2, 1).axes.shape == (1, 3)  # none at all


def test_a_model_of_few_numbers_has_a_slider_for_each(model_with_styles):
    space = open_space(model_with_styles, "fruit")
    assert space.whole and space.kind == "styles of real pictures"
    style = np.arange(DIM) / 4 - 1
    assert np.allclose(space.sliders.styles(style), style)
    assert np.allclose(space.start, 0.5, atol=0.5)  # the mean of the styles
    assert np.abs(space.points).max() == pytest.approx(0.9)
    assert len(space.points) == 50


def test_without_real_styles_the_map_is_of_random_ones(tiny_sketch_model):
    space = open_space(tiny_sketch_model, "fruit")
    assert space.kind == "random styles" and len(space.points) == 200
    assert abs(space.styles.std() - 1) < 0.05


def test_styles_of_many_numbers_are_moved_in_their_principal_directions(tiny_tunit):
    space = open_space(tiny_tunit, "1")
    assert not space.whole and space.kind == "the domains' mean styles"
    assert len(space.start) == 1 < MAX_SLIDERS  # two means differ in one direction
    model = models.open_pipeline(tiny_tunit).model
    mean = model.domain_style("1").numpy()
    assert np.allclose(space.sliders.styles(space.start), mean, atol=0.01)
    assert np.abs(space.points).max() == pytest.approx(0.9)


def test_the_numbers_of_a_place_lead_back_to_it(model_with_styles):
    space = open_space(model_with_styles, "fruit")
    for place in ((0.3, -0.2), (-0.85, 0.5)):
        numbers = style_map.numbers_at(space, *place)
        assert style_map.place_of(space, numbers) == pytest.approx(place, abs=0.02)
    corner = style_map.numbers_at(space, 1, -1)
    assert np.array_equal(style_map.numbers_at(space, 1.5, -1e300), corner)  # the map's own edge


@pytest.mark.parametrize("place", [(None, 0), (0, "1"), (float("nan"), 0), (0, [1])])
def test_what_is_no_place_is_refused(tiny_sketch_model, place):
    with pytest.raises(ValueError, match="two numbers from -1 to 1"):
        style_map.numbers_at(open_space(tiny_sketch_model, "fruit"), *place)


def test_a_seed_is_the_style_that_a_translation_draws(tiny_sketch_model):
    pipe = models.open_pipeline(tiny_sketch_model)
    expected = pipe(sketch(), "fruit", seed=7).styles[0]
    assert np.allclose(drawn(tiny_sketch_model, "fruit", 7), expected)


def test_random_styles_of_found_domains_differ(tiny_tunit):
    first, again, other = (drawn(tiny_tunit, "0", seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.allclose(first, other)
    low, high = np.sort(open_space(tiny_tunit, "0").styles, 0)
    assert ((low <= first) & (first <= high)).all()


def test_a_model_of_one_output_has_no_style_space(tmp_path):
    tiny_model(UnitModel).save_pretrained(tmp_path)
    assert not has_style_space(str(tmp_path))
    with pytest.raises(ValueError, match="no styles"):
        open_space(str(tmp_path), "fruit")
    with pytest.raises(ValueError, match="no styles"):
        walk.style_of(str(tmp_path), sketch(), "fruit")


def test_noise_is_moved_through_but_found_in_no_picture(tmp_path):
    sizes = {"base_width": 4, "num_residual_blocks": 1, "noise_channels": 3}
    CycleGanModel(**sizes, domain_names=["edges", "fruit"]).save_pretrained(tmp_path)
    assert len(open_space(str(tmp_path), "fruit").start) == 3
    with pytest.raises(ValueError, match="noise alone"):
        walk.style_of(str(tmp_path), sketch(), "fruit")


def test_styles_that_are_not_the_models_are_refused(tmp_path):
    tiny_model(MunitModel).save_pretrained(tmp_path)
    with_styles(tmp_path, {"fruit": [[0, 1], [1, 0]]})
    with pytest.raises(ValueError, match="styles.json must have 8 finite numbers.*fruit"):
        open_space(str(tmp_path), "fruit")


def test_the_content_of_a_picture_is_encoded_once(tiny_sketch_model, monkeypatch):
    pipe, encoded = models.open_pipeline(tiny_sketch_model), []
    styles = np.random.default_rng(0).standard_normal((3, 1, DIM))
    one = sketch(x=33)  # which no other test has
    seen = live.as_seen(tiny_sketch_model, one, "fruit")
    expected = [pipe(seen, "fruit", styles=style).images[0] for style in styles]
    encode = pipe.model.encode_content
    monkeypatch.setattr(pipe.model, "encode_content", lambda *a: encoded.append(1) or encode(*a))
    made = [live.decode(tiny_sketch_model, one.copy(), "fruit", style) for style in styles]
    assert encoded == [1]
    assert [pixels(images) for images in made] == [pixels(images) for images in expected]
    live.decode(tiny_sketch_model, sketch(x=34), "fruit", styles[0])
    live.decode(tiny_sketch_model, one, "edges", styles[0])
    assert len(encoded) == 3


def test_a_file_that_changed_is_another_picture(tiny_sketch_model, tmp_path):
    styles, path = np.zeros((1, DIM)), tmp_path / "p.png"
    found = []
    for x in (35, 90):
        sketch(x).save(path)
        found += live.decode(tiny_sketch_model, str(path), "fruit", styles)
    assert len({json.dumps(p) for p in pixels(found)}) == 2


def test_a_walk_is_a_straight_line_with_both_ends(tiny_sketch_model):
    start, end = (drawn(tiny_sketch_model, "fruit", seed) for seed in (0, 1))
    made = walk.walk(tiny_sketch_model, sketch(), "fruit", start, end, 5)
    line = np.linspace(start, end, 5)
    assert pixels(made) == pixels(live.decode(tiny_sketch_model, sketch(), "fruit", line))


def test_a_moving_walk_passes_the_pictures_of_the_strip(tiny_sketch_model, monkeypatch):
    monkeypatch.setattr(walk, "decode", lambda model, picture, target, styles: [*styles])
    start, end = np.zeros(DIM), np.full(DIM, 3.0)
    strip, frames = walk.animated_walk(tiny_sketch_model, sketch(), "fruit", start, end, 5)
    assert np.allclose(strip, np.linspace(start, end, 5))
    assert np.allclose(frames, np.linspace(start, end, 25))


def test_the_moving_picture_goes_there_and_back_for_ever():
    frames = [Image.new("RGB", (16, 16), (60 * i, 0, 0)) for i in range(5)]
    with Image.open(io.BytesIO(walk.there_and_back(frames))) as film:
        assert (film.format, film.n_frames, film.info["loop"]) == ("WEBP", 8, 0)
        reds = []
        for i in range(8):
            film.seek(i)
            reds.append(round(film.convert("RGB").getpixel((8, 8))[0] / 60))
    assert reds == [0, 1, 2, 3, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"picture": None}, "draw one or upload one"),
        ({"target": "vegetables"}, "vegetables.*edges.*fruit"),
        ({"steps": 1}, "steps.*2 to 16, not 1"),
        ({"steps": 17}, "steps.*2 to 16, not 17"),
        ({"start": [0] * 7}, "start style must be 8 numbers from -100 to 100"),
        ({"end": [0] * 7 + [1e9]}, "end style must be 8 numbers"),
        ({"end": [0] * 7 + [float("nan")]}, "end style must be 8 numbers"),
        ({"end": ["a"] * 8}, "end style must be 8 numbers"),
        ({"end": {"a": 1}}, "end style must be 8 numbers"),
    ],
)
def test_walks_that_cannot_be_gone_are_refused(tiny_sketch_model, changed, message):
    asked = {"picture": sketch(), "target": "fruit", "start": [0] * 8, "end": [1] * 8, "steps": 3}
    with pytest.raises(ValueError, match=message):
        walk.walk(tiny_sketch_model, **asked | changed)


def test_the_style_of_a_picture_is_the_models_own(tiny_sketch_model):
    photo = Image.new("RGB", (SIZE, SIZE), "tomato")
    expected = models.open_pipeline(tiny_sketch_model).encode_style(photo, "fruit")[0]
    assert walk.style_of(tiny_sketch_model, photo, "fruit") == pytest.approx(expected.tolist())
    with pytest.raises(ValueError, match="no picture yet"):
        walk.style_of(tiny_sketch_model, None, "fruit")
    with pytest.raises(ValueError, match="bird.*edges, fruit"):
        walk.style_of(tiny_sketch_model, photo, "bird")


def test_slider_numbers_stay_in_range():
    assert clipped(np.array([-9, 0.1234, 9])).tolist() == [-LIMIT, 0.123, LIMIT]


@pytest.mark.parametrize(
    ("name", "targets", "whole"),
    [("munit-edges2fruit", ["edges", "fruit"], True), ("tunit-fruits10", ["0", "9"], False)],
)
def test_the_bundled_models_show_real_pictures(name, targets, whole):
    folder = str(models.BUNDLED / name)
    need(Path(folder).is_dir(), f"The bundled model {name}")
    for target in targets:
        space = open_space(folder, target)
        assert (space.kind, space.whole, len(space.start)) == ("styles of real pictures", whole, 8)
        assert len(space.points) == 150
