import importlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from space import inference, models, zerogpu
from tests.needs import need

pytest.importorskip("gradio")  # without it, test_page.py fails on CI
import gradio as gr
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from space import parts
from space.pad import PAPER, from_paper, to_paper
from space.picture import SKETCHES
from space.serving import threads

SIZE = 32  # of the tiny model


def sketch(width=5, color="black", background="white", size=(200, 200)):
    image = Image.new("RGB", size, background)
    ImageDraw.Draw(image).ellipse((40, 40, 150, 160), outline=color, width=width)
    return image


def pixels(images):
    return [np.asarray(image).tolist() for image in images]


def all_different(images):
    found = pixels(images)
    return all(a != b for i, a in enumerate(found) for b in found[:i])


def test_a_sketch_becomes_different_pictures_of_the_models_size(tiny_sketch_model):
    result = inference.translate(tiny_sketch_model, sketch(), "fruit", num_styles=5, seed=3)
    assert [image.size for image in result.images] == [(SIZE, SIZE)] * 5
    assert all_different(result.images)


def test_the_seed_alone_decides_the_styles(tiny_sketch_model):
    first, again, other = (
        inference.translate(tiny_sketch_model, sketch(), "fruit", seed=seed) for seed in (1, 1, 2)
    )
    assert pixels(first.images) == pixels(again.images)
    assert all_different(first.images + other.images)


@pytest.mark.parametrize("width", [1, 5, 14])
@pytest.mark.parametrize("color", ["black", "navy", "crimson", "darkorange"])
def test_the_model_sees_thin_dark_lines_whatever_the_pen(tiny_sketch_model, width, color):
    seen = inference.translate(tiny_sketch_model, sketch(width, color), "fruit", 1).seen
    values = np.asarray(seen.convert("L"))
    assert seen.size == (SIZE, SIZE)
    assert values.min() < 100
    assert np.median(values) == 255
    assert 0.03 < (values < 128).mean() < 0.2  # a ring of about one pixel


def test_a_reference_gives_one_picture_in_its_style(tiny_sketch_model):
    styles = [Image.new("RGB", (50, 40), color) for color in ("red", "green")]
    found = [
        inference.translate(tiny_sketch_model, sketch(), "fruit", reference=style).images
        for style in styles
    ]
    assert [len(images) for images in found] == [1, 1]
    assert all_different(found[0] + found[1])


def test_a_photograph_is_fitted_whole_into_a_white_square(tiny_sketch_model):
    photo = Image.new("RGB", (300, 100), "blue")
    result = inference.translate(tiny_sketch_model, photo, "edges", num_styles=2)
    assert result.seen.size == (SIZE, SIZE)
    assert result.seen.getpixel((0, 0)) == (255, 255, 255)
    assert result.seen.getpixel((0, SIZE // 2)) == (0, 0, 255)
    assert [image.size for image in result.images] == [(SIZE, SIZE)] * 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"image": None}, "draw one or upload one"),
        ({"image": Image.new("RGB", (90, 90), "white")}, "drawing"),
        ({"target": "vegetables"}, "vegetables.*edges.*fruit"),
        ({"num_styles": 0}, "num_styles.*1 to 16, not 0"),
        ({"num_styles": 17}, "num_styles.*1 to 16, not 17"),
        ({"num_styles": 2.5}, "num_styles.*not 2.5"),
        ({"seed": -1}, "seed.*0 to 4294967295, not -1"),
        ({"seed": None}, "seed.*not None"),
    ],
)
def test_what_cannot_be_translated_is_named(tiny_sketch_model, changed, message):
    arguments = {"image": sketch(), "target": "fruit"} | changed
    with pytest.raises(ValueError, match=message):
        inference.translate(tiny_sketch_model, **arguments)


def test_the_bundled_model_opens_with_eight_pictures():
    need(Path(models.BUNDLED_MODEL).is_dir(), "The bundled model")
    pipe = models.open_pipeline(models.BUNDLED_MODEL)
    assert set(pipe.model.config.domain_names) == {"edges", "fruit"}
    view = inference.first_view(models.BUNDLED_MODEL, SKETCHES[0])
    assert len(view.images) == 8
    assert all_different(view.images)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail), ("", pytest.skip)])
def test_without_the_bundled_model_ci_fails(monkeypatch, tmp_path, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(models, "BUNDLED_MODEL", str(tmp_path / "none"))
    with pytest.raises(outcome.Exception, match="The bundled model is missing"):
        test_the_bundled_model_opens_with_eight_pictures()


def test_a_zerogpu_space_lends_its_gpu_for_as_long_as_the_work_takes(monkeypatch):
    lent = []

    def gpu(duration):
        return lambda function: lambda *given: lent.append(duration(*given)) or function(*given)

    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=gpu))
    importlib.reload(zerogpu)
    assert zerogpu.on_gpu(len)("four") == 4
    sizes = [4, 16 * 256**2, 10**9]
    assert [zerogpu.on_gpu(abs, lambda n: n)(size) for size in sizes] == sizes
    assert lent == [10, 10, 15, 60]
    monkeypatch.setitem(sys.modules, "spaces", None)  # not installed
    importlib.reload(zerogpu)
    assert zerogpu.on_gpu(len) is len


@pytest.mark.parametrize("lends", [False, True])
def test_where_a_gpu_is_lent_the_end_of_a_move_asks_for_one(monkeypatch, lends):
    monkeypatch.setattr(parts, "LENDS", lends)
    assert parts.moved(gr.Slider()).event_name == ("release" if lends else "input")


def test_the_decorator_of_another_space_lends_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=lambda duration: abs))
    found = []
    for says in (None, "true"):  # only the Hub's ZeroGPU hardware says it
        if says is not None:
            monkeypatch.setenv("SPACES_ZERO_GPU", says)
        importlib.reload(zerogpu)
        found.append(zerogpu.LENDS)
    monkeypatch.setitem(sys.modules, "spaces", None)
    importlib.reload(zerogpu)
    assert found == [False, True] and not zerogpu.LENDS


def test_paper_gives_back_the_drawing_laid_on_it():
    drawing = sketch(size=(PAPER, PAPER))
    assert pixels([from_paper(to_paper(drawing))]) == pixels([drawing])
    assert from_paper("") is None
    assert from_paper(None) is None


@pytest.mark.parametrize(
    "sent", ["hello", "data:image/png;base64,???", "data:image/png;base64,aGVsbG8=", "/etc/passwd"]
)
def test_what_no_paper_sends_is_refused(sent):
    with pytest.raises(ValueError, match="draw it again"):
        from_paper(sent)


@pytest.fixture(scope="module")
def client(running_page, tmp_path_factory):
    return Client(running_page.url, verbose=False, download_files=str(tmp_path_factory.mktemp("d")))


@pytest.fixture
def sketch_file(tmp_path):
    path = tmp_path / "my apple.png"
    sketch().save(path)
    return handle_file(path)


def open_all(gallery):
    return [Image.open(item["image"]) for item in gallery]


def test_programs_see_the_named_endpoints_alone(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/translate", "/interpolate", "/encode_style", "/domains"}
    names = [p["parameter_name"] for p in endpoints["/translate"]["parameters"]]
    assert names == ["image", "target", "num_styles", "seed", "reference", "model"]


def test_the_endpoint_translates_as_the_module_does(client, sketch_file, tiny_sketch_model):
    gallery = client.predict(sketch_file, "fruit", 3, 5, api_name="/translate")
    torch.set_num_threads(threads())  # as many as the page's: their number decides how sums round
    expected = inference.translate(tiny_sketch_model, sketch(), "fruit", 3, 5).images
    assert pixels(open_all(gallery)) == pixels(expected)


def test_the_endpoint_needs_only_a_picture(client, sketch_file):
    images = open_all(client.predict(image=sketch_file, api_name="/translate"))
    assert len(images) == 8
    assert all_different(images)


def test_the_endpoint_takes_a_reference(client, sketch_file, tmp_path):
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    reference = handle_file(tmp_path / "red.png")
    gallery = client.predict(sketch_file, "fruit", reference=reference, api_name="/translate")
    assert len(gallery) == 1


def test_a_broken_picture_gets_a_sentence(client, running_page, tmp_path):
    broken = tmp_path / "holiday.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(broken), api_name="/translate")
    assert str(refused.value).startswith("holiday.png is not a picture")
    assert "Traceback" not in running_page.log.read_text()


def test_an_unknown_direction_gets_a_sentence(client, sketch_file):
    with pytest.raises(AppError, match="vegetables"):
        client.predict(sketch_file, "vegetables", api_name="/translate")
