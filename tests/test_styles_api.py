"""The endpoints /interpolate, /encode_style and /domains, as a program calls them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from space import models, walk
from space.picture import PHOTOGRAPHS

pytest.importorskip("gradio_client")
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError


@pytest.fixture(scope="module")
def client(running_page, tmp_path_factory):
    return Client(running_page.url, verbose=False, download_files=str(tmp_path_factory.mktemp("d")))


@pytest.fixture
def sketch(tmp_path):
    image = Image.new("RGB", (120, 120), "white")
    ImageDraw.Draw(image).ellipse((30, 30, 90, 90), outline="black", width=4)
    image.save(tmp_path / "ring.png")
    return tmp_path / "ring.png"


def pixels(images):
    return [np.asarray(image).tolist() for image in images]


def opened(gallery):
    return pixels(Image.open(item["image"]) for item in gallery)


def test_a_walk_between_the_styles_of_two_seeds(client, sketch, tiny_sketch_model):
    ends = [walk.end_of_walk(tiny_sketch_model, "fruit", None, seed) for seed in (3, 4)]
    gallery = client.predict(handle_file(sketch), "fruit", 4, 3, 4, api_name="/interpolate")
    expected = walk.walk(tiny_sketch_model, str(sketch), "fruit", *ends, 4)
    assert opened(gallery) == pixels(expected)


def test_only_a_picture_is_needed(client, sketch):
    assert len(client.predict(handle_file(sketch), api_name="/interpolate")) == 8


def test_a_walk_from_a_seed_to_the_style_of_a_picture(client, sketch, tmp_path, tiny_sketch_model):
    Image.new("RGB", (50, 50), "tomato").save(tmp_path / "t.png")
    style = client.predict(handle_file(tmp_path / "t.png"), "fruit", api_name="/encode_style")
    pipe = models.open_pipeline(tiny_sketch_model)
    expected = pipe.encode_style(Image.new("RGB", (32, 32), "tomato"), "fruit")[0].tolist()
    assert style == pytest.approx(expected)
    gallery = client.predict(
        handle_file(sketch), "fruit", 2, end_style=style, api_name="/interpolate"
    )
    start = walk.end_of_walk(tiny_sketch_model, "fruit", None, 0)
    assert opened(gallery) == pixels(
        walk.walk(tiny_sketch_model, str(sketch), "fruit", start, style, 2)
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"steps": 17}, "16"),
        ({"steps": "many"}, "."),
        ({"start_seed": -1}, "seed.*0 to 4294967295, not -1"),
        ({"start_seed": 0.5}, "seed.*not 0.5"),
        ({"end_style": [1, 2]}, "end style must be 8 numbers from -100 to 100"),
        ({"end_style": [1e300] * 8}, "end style must be 8 numbers"),
        ({"end_style": "<b>"}, "end style must be 8 numbers"),
        ({"target": "vegetables"}, "target must be one of edges, fruit, not 'vegetables'"),
        ({"target": 1}, "target must be one of edges, fruit, not 1"),
        (
            {"model": "org/name"},
            "model must be one of model0, .*munit-edges2fruit, .*, not 'org/name'",
        ),
    ],
)
def test_what_cannot_be_walked_gets_a_sentence(client, sketch, running_page, asked, message):
    with pytest.raises(AppError, match=message):
        client.predict(**{"image": handle_file(sketch)} | asked, api_name="/interpolate")
    assert "Traceback" not in running_page.log.read_text()


def test_they_say_what_they_take(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    types = {
        name: [p["python_type"]["type"] for p in endpoints[name]["parameters"]]
        for name in ("/interpolate", "/encode_style")
    }
    assert types["/interpolate"][2:-1] == ["float", "int", "int", "list[float]", "list[float]"]
    assert types["/interpolate"][-1].startswith("Literal['model0', ")
    assert endpoints["/encode_style"]["returns"][0]["python_type"]["type"] == "list[float]"


def test_another_model_of_the_page_works_as_well(client):
    found = client.predict(model="tunit-fruits10", api_name="/domains")
    assert [one["name"] for one in found] == [str(number) for number in range(10)]
    assert found[0] == {"name": "0", "source": None, "pictures": 795}
    asked = {"image": handle_file(PHOTOGRAPHS[0]), "model": "tunit-fruits10"}
    style = client.predict(domain="3", **asked, api_name="/encode_style")
    assert len(style) == 64
    (item,) = client.predict(target="3", **asked, api_name="/translate")
    with Image.open(item["image"]) as image:
        assert image.size == (64, 64)


def test_the_first_model_says_what_it_translates(client):
    assert client.predict(api_name="/domains") == [
        {"name": "edges", "source": "fruit", "pictures": None},
        {"name": "fruit", "source": "edges", "pictures": None},
    ]
