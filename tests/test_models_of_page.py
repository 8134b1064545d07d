"""The models of the page: its own, of every kind; and those of the Hub that visitors ask for."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch

from munit_hub import BicycleGanModel, CycleGanModel, MunitModel, TunitModel, UnitModel
from munit_hub.weights import weights_name
from space import inference, models, visitors_models
from space.models import find_model, first_target, name_of, own_models, targets_of
from space.picture import PHOTOGRAPHS, first_picture
from space.shelf import Shelf
from space.wording import directions, draws, headline
from tests.tiny_models import tiny_model

KINDS = [MunitModel, UnitModel, CycleGanModel, BicycleGanModel, TunitModel]
ID = "me/fruit"
WEIGHTS = weights_name()


def save(folder, model):
    model.save_pretrained(folder)
    return str(folder)


def files_of(model, tmp_path):
    folder = Path(save(tmp_path / "pushed", model))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def nothing_downloaded(monkeypatch):
    with TemporaryDirectory() as folder:
        monkeypatch.setattr(visitors_models._FOLDERS, "name", folder)
        for room, shelf in ((visitors_models, "_DOWNLOADS"), (models, "_PIPELINES")):
            full = getattr(room, shelf)
            monkeypatch.setattr(room, shelf, Shelf(full._make, full._size, full._put_away))
        yield


@pytest.fixture
def on_hub(hub, tmp_path):
    """A tiny model on the Hub that stands in, with files beside it that the page has no use for."""
    beside = {"README.md": b"# Fruit", "pytorch_model.bin": b"pickle", "train.py": b"raise"}
    hub.put(ID, files_of(tiny_model(), tmp_path) | beside)
    return hub


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_has_a_first_view(tmp_path, kind):
    model = save(tmp_path / "model", tiny_model(kind))
    view = inference.first_view(model, first_picture(model))
    many = kind in (MunitModel, BicycleGanModel)
    assert len(view.images) == len(view.styles) == (8 if many else 1)
    assert {image.size for image in view.images} == {(96, 96)}
    assert headline(model).startswith("# ")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (MunitModel, [("Sketch → fruit", "fruit"), ("Fruit → sketch", "edges")]),
        (BicycleGanModel, [("Sketch → fruit", "fruit")]),
        (TunitModel, None),
    ],
)
def test_the_directions_are_those_that_the_model_has(tmp_path, kind, said):
    model = save(tmp_path / "model", tiny_model(kind))
    said = said or [(name, name) for name in targets_of(model)]
    assert directions(model) == said
    assert draws(model) == (kind is not TunitModel)


def test_a_model_of_photographs_opens_with_one(tmp_path):
    net = MunitModel((1, 3), ["CT", "cat"], base_width=4, mlp_width=8)
    model = save(tmp_path / "cats", net)
    assert directions(model) == [("CT → cat", "cat"), ("Cat → CT", "CT")]
    assert first_picture(model) == PHOTOGRAPHS[0] and not draws(model)
    grey = inference.translate(model, PHOTOGRAPHS[0], "CT", 2).images
    assert [image.mode for image in grey] == ["L", "L"]


def test_found_domains_without_pictures_are_no_targets(tmp_path):
    net = tiny_model(TunitModel)
    net.register_to_config(domain_sizes=[0, 5])
    model = save(tmp_path / "found", net)
    assert (targets_of(model), first_target(model)) == (["fruit"], "fruit")


def test_found_domains_that_were_not_measured_open_with_a_reference(tmp_path):
    net = tiny_model(TunitModel)
    net.register_to_config(domain_sizes=None)
    model = save(tmp_path / "unmeasured", net)
    assert len(inference.first_view(model, PHOTOGRAPHS[0]).images) == 1


def test_a_model_of_three_given_domains_is_refused(tmp_path):
    three = MunitModel((3, 3, 3), ["a", "b", "c"], base_width=4, mlp_width=8)
    with pytest.raises(ValueError, match="two domains.*model has a, b, c"):
        models.open_pipeline(save(tmp_path / "model", three))


def test_the_operators_models_come_first_and_the_bundled_ones_are_there(tmp_path):
    paths = [save(tmp_path / name, tiny_model()) for name in ("one", "two")]
    own = own_models(", ".join(paths))
    assert list(own)[:2] == ["one", "two"] and list(own.values())[:2] == paths
    assert "tunit-fruits10" in own and name_of(own["tunit-fruits10"]) == "tunit-fruits10"
    assert next(iter(own_models(None).values())) == models.BUNDLED_MODEL
    assert find_model("two", own) == paths[1]


def test_two_folders_of_one_name_are_refused(tmp_path):
    paths = [save(tmp_path / name / "fruit", tiny_model()) for name in ("one", "two")]
    with pytest.raises(ValueError, match="two models.*fruit"):
        own_models(",".join(paths))


def test_a_model_of_the_hub_is_opened_without_a_token_and_without_what_is_not_needed(on_hub):
    told = []
    model = find_model(f" {on_hub.url}/{ID} ", {}, lambda done, what: told.append((done, what)))
    here = {path.name for path in Path(model).iterdir() if path.is_file()}
    assert here == {"config.json", WEIGHTS, "README.md"}
    assert name_of(model) == ID
    assert len(inference.translate(model, PHOTOGRAPHS[0], "edges", 2).images) == 2
    assert not [request for request in on_hub.asked if request.token]
    assert told[0] == (0, f"Asking the Hub for {ID}") and told[-1] == (0.95, "Loading")
    assert any(what.startswith(f"Downloading {ID}: ") and 0 < done <= 0.9 for done, what in told)


def fetches(hub):
    return sum(request.path.startswith("/cdn/") for request in hub.asked if request.method == "GET")


def test_visitors_who_ask_at_once_load_once(on_hub):
    on_hub.fault("GET /cdn/", slow=0.3)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: find_model(ID, {}), range(4)))
    assert len(set(found)) == 1 and fetches(on_hub) == 1
    assert find_model(ID, {}) == found[0] and fetches(on_hub) == 1


def test_a_new_commit_is_another_model(on_hub, tmp_path):
    before = find_model(ID, {})
    on_hub.put(ID, files_of(tiny_model(seed=1), tmp_path / "new"))
    after = find_model(ID, {})
    assert before != after and name_of(before) == name_of(after) == ID


@pytest.mark.parametrize(
    "word",
    ["", "fruit", "a/b/c", "../x", "/etc/passwd", "~/m", "a/..", "a--b/c", "<b>/x", "x" * 10_000]
    + [f"{'x' * 10_000}/y", "https://example.com/a/b", "file:///etc/passwd", "a\n/b", "ä/b"],
)
def test_what_is_no_id_is_not_looked_for(hub, word):
    with pytest.raises(ValueError, match="owner/name") as refused:
        find_model(word, {})
    assert hub.asked == [] and len(str(refused.value)) < 200


def test_a_visitors_word_is_no_folder(hub, tmp_path):
    assert Path("space/models").is_dir()
    with pytest.raises(ValueError, match="^The Hub shows no public model space/models: check"):
        find_model("space/models", {})
    hub.put("space/models", files_of(tiny_model(), tmp_path))
    assert name_of(find_model("space/models", {})) == "space/models"


def test_the_operators_private_model_is_not_the_visitors(on_hub):
    on_hub.store.repos["model", ID].private = True
    with pytest.raises(ValueError, match=f"no public model {ID}.*private and gated"):
        find_model(ID, {})


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"on": "/cdn/", "cut": 100}, f"download of {ID} did not end"),
        ({"on": "/api/", "status": 503}, f"Hub fails to answer for {ID} .503."),
        ({"on": "/resolve/", "status": 403, "code": "GatedRepo"}, f"no public model {ID}"),
        ({"on": "/api/", "status": 429, "retry_after": 7}, "too many requests.*in 7 seconds"),
    ],
)
def test_what_the_hub_refuses_is_a_sentence_and_works_later(on_hub, monkeypatch, fault, message):
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    on_hub.fault(**fault)
    with pytest.raises(ValueError, match=message) as refused:
        find_model(ID, {})
    assert "\n" not in str(refused.value)
    assert not [path for path in Path(visitors_models._FOLDERS.name).rglob("*") if path.is_file()]
    on_hub.heal()
    assert name_of(find_model(ID, {})) == ID


def test_without_the_hub_there_are_the_pages_own_models(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=f"{ID} is not one of this page's.*no connection"):
        find_model(ID, {})


def test_a_large_model_is_refused_before_it_is_downloaded(on_hub, monkeypatch):
    monkeypatch.setitem(visitors_models.LARGEST, WEIGHTS, 1000)
    with pytest.raises(ValueError, match="too large.*MB, and at most 0.001 MB"):
        find_model(ID, {})
    assert fetches(on_hub) == 0


@pytest.mark.parametrize("left", [("config.json",), ("config.json", "model.bin"), (WEIGHTS,)])
def test_a_repository_without_the_files_is_refused(hub, left):
    hub.put(ID, dict.fromkeys(left, b"{}"))
    with pytest.raises(ValueError, match=f"{ID} is no model of this package.*{WEIGHTS}"):
        find_model(ID, {})


STRANGE = [
    ({"_class_name": "UNet2DModel"}, "UNet2DModel.*known are"),
    ({"num_residual_blocks": 10**7}, "more than 2,000 layers"),
    ({"channels": [3] * 900, "domain_names": [str(i) for i in range(900)]}, "more than 2,000"),
    ({"domain_names": ["edges", "<img src=x>" * 20]}, "60 characters"),
    ({"domain_names": [["a"], "b"]}, "60 characters"),
    ({"sample_size": 10**6, "base_width": 5}, "do not fit"),
    ({"sample_size": "big"}, "sample_size 'big'"),
    ({"base_width": [4]}, "cannot be loaded"),
    ({"num_downsamples": 900, "base_width": 2}, "cannot be loaded"),
    ({"padding": {"a": 1}}, "cannot be loaded"),
]


@pytest.mark.parametrize(("changed", "message"), STRANGE)
def test_a_strange_config_is_a_sentence_about_the_repository(on_hub, tmp_path, changed, message):
    files = files_of(tiny_model(), tmp_path / "strange")
    config = json.loads(files["config.json"]) | changed
    on_hub.put(ID, files | {"config.json": json.dumps(config).encode()})
    with pytest.raises(ValueError, match=message) as refused:
        find_model(ID, {})
    assert ID in str(refused.value) and str(visitors_models._FOLDERS.name) not in str(refused.value)


def test_damaged_weights_are_a_sentence_about_the_repository(on_hub):
    on_hub.put(ID, {WEIGHTS: b"\xff" * 200})
    with pytest.raises(ValueError, match=f"^{ID} cannot be loaded.*damaged"):
        find_model(ID, {})


def test_a_huge_size_in_a_config_is_bounded(tmp_path):
    net = tiny_model()
    net.register_to_config(sample_size=10**9)
    assert models.size_of(save(tmp_path / "model", net)) == 512


def test_models_that_were_put_away_are_told_of_and_opened_again(on_hub, tmp_path, monkeypatch):
    monkeypatch.setattr(visitors_models._DOWNLOADS, "_size", 1)
    monkeypatch.setattr(models._PIPELINES, "_size", 1)
    first = find_model(ID, {})
    for number in range(2):
        on_hub.put(f"me/other{number}", files_of(tiny_model(seed=number), tmp_path / str(number)))
        find_model(f"me/other{number}", {})
    assert not Path(first).exists()
    with pytest.raises(ValueError, match=f"{ID} was put away"):
        models.open_pipeline(first)
    assert find_model(ID, {}) == first
    assert torch.isfinite(models.open_pipeline(first).model.sample_style(1)).all()
