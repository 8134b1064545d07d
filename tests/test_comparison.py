"""Which models are compared, with what, and by which figures."""

from pathlib import Path

import pytest

from munit_hub import CycleGanModel, TunitModel, UnitModel
from munit_hub.card_figures import put_results
from munit_hub.figures import eval_results_of
from space import models
from space.cards import text_of, titles_of
from space.comparison import STYLES, figures_of, outputs_of, rivals
from space.picture import SKETCHES
from tests.tiny_models import tiny_model

ON = "100 pairs of fruit"


@pytest.fixture(scope="module")
def own(tmp_path_factory, tiny_sketch_model):
    """The page's own models: four of the same two domains but one, with figures or without."""
    folder = tmp_path_factory.mktemp("own")
    for name, kind in (("unit", UnitModel), ("cyclegan", CycleGanModel), ("tunit", TunitModel)):
        tiny_model(kind).save_pretrained(folder / name)
    other = tiny_model(UnitModel)
    other.register_to_config(domain_names=["cat", "dog"])
    other.save_pretrained(folder / "cats")
    measured = {"unit": {"fid": 30.0, "lpips": 0.25}, "cyclegan": {"fid": 20.5, "is": 2.0}}
    for name, figures in measured.items():
        named = {kind: (kind.upper(), value) for kind, value in figures.items()}
        put_results(str(folder / name), eval_results_of(named, "not-on-the-hub", ON))
    elsewhere = eval_results_of({"lpips": ("LPIPS", 0.1)}, "not-on-the-hub", "others")
    put_results(str(folder / "cyclegan"), elsewhere)
    names = ("unit", "cyclegan", "tunit", "cats")
    return {"munit": tiny_sketch_model} | {name: str(folder / name) for name in names}


def named(own, models):
    return [name for name, model in own.items() if model in models]


def test_rivals_translate_the_same_domains(own):
    assert named(own, rivals(own, own["munit"], "fruit")) == ["munit", "unit", "cyclegan"]
    assert named(own, rivals(own, own["unit"], "edges")) == ["munit", "unit", "cyclegan"]


def test_models_are_taken_up_where_the_bundled_ones_lie(own, monkeypatch):
    """Whatever else lies there, such as a card without its model."""
    folder = Path(own["unit"]).parent
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "empty" / "README.md").write_text("# Nothing")
    monkeypatch.setattr(models, "BUNDLED", folder)
    found = models.own_models(own["munit"])
    assert set(found) == {models.name_of(own["munit"]), "unit", "cyclegan", "tunit", "cats"}
    assert len(rivals(found, own["munit"], "fruit")) == 3


def test_two_models_of_one_title_are_told_by_their_names(own):
    pair = [own["unit"], own["cats"]]
    alike, other = titles_of([*pair, own["munit"]])[:2], titles_of(pair[:1])
    assert len({*alike}) == 2
    assert other == [alike[0].removesuffix(" (unit)")]


def test_a_model_alone_has_no_rivals(own):
    assert rivals(own, own["cats"], "dog") == []
    assert rivals(own, own["tunit"], "fruit") == []


def test_figures_are_compared_where_the_pictures_were_the_same(own):
    rows = figures_of([own["munit"], own["unit"], own["cyclegan"]])
    assert [(row.name, row.pictures, row.values) for row in rows] == [
        ("FID", ON, [None, 30.0, 20.5])
    ]
    assert figures_of([own["munit"]]) == []


def test_the_numbers_of_outputs_that_models_have_do_not_part_their_figures(own):
    models, said = [own["unit"], own["cyclegan"]], "LPIPS (9 inputs, {} outputs each)"
    for model, outputs in zip(models, (1, 20), strict=True):
        named = {"lpips": (said.format(outputs), outputs / 100)}
        put_results(model, eval_results_of(named, "drawings", "drawings"))
    text_of.cache_clear()
    assert (said.format("1 or 20"), "drawings", [0.01, 0.2]) in figures_of(models)


def test_outputs_are_as_many_as_a_model_has(own):
    picture = SKETCHES[0]
    munit = outputs_of(own["munit"], picture, "fruit", 3)
    assert len(munit) == STYLES and munit[0].tobytes() != munit[1].tobytes()
    assert munit[0].tobytes() != outputs_of(own["munit"], picture, "fruit", 4)[0].tobytes()
    assert len(outputs_of(own["unit"], picture, "fruit", 3)) == 1
    with pytest.raises(ValueError, match="no picture yet"):
        outputs_of(own["unit"], None, "fruit", 3)
