import json

import pytest
from huggingface_hub import ModelCard
from PIL import Image

from munit_hub import (
    BicycleGanModel,
    CycleGanModel,
    MunitModel,
    TranslationPipeline,
    TunitModel,
    UnitModel,
)
from munit_hub.loading import MODELS
from munit_hub.model_card import write_model_card
from munit_hub.papers import PAPERS

FACTS = {"Steps": "1000", "Data": "edges | fruit\nof one half"}
CARD = {"title": "Edges to fruit", "license": "CC-BY-SA-4.0", "facts": FACTS}


@pytest.fixture
def folder(tmp_path):
    model = MunitModel(
        base_width=4, num_residual_blocks=1, domain_names=["edges", "fruit"], sample_size=96
    )
    model.save_pretrained(tmp_path / "munit-edges2fruit")
    return tmp_path / "munit-edges2fruit"


def test_the_hub_reads_the_metadata(folder):
    path = write_model_card(folder, **CARD, datasets=["org/fruits"])
    assert path == folder / "README.md"
    data = ModelCard.load(path).data
    assert data.library_name == "munit_hub" and data.pipeline_tag == "image-to-image"
    assert data.license == "cc-by-sa-4.0" and data.datasets == ["org/fruits"]
    assert "munit" in data.tags


def test_the_card_says_what_it_was_told(folder):
    figures = [("LPIPS", "0.25"), ("Frechet distance", "7.1")]
    path = write_model_card(folder, **CARD, figures=figures, attribution="Photos by *A*, CC BY-SA.")
    text = path.read_text()
    assert "# Edges to fruit\n\nTranslates pictures between *edges* and *fruit*" in text
    assert "trained at 96 x 96 pixels" in text
    for line in ("| Steps | 1000 |", r"| Data | edges \| fruit of one half |", "| LPIPS | 0.25 |"):
        assert f"\n{line}\n" in text
    assert "## Attribution\n\nPhotos by *A*, CC BY-SA.\n" in text


OTHERS = {
    "unit": (UnitModel, {}, "between *a* and *b*, with one result", "unpaired"),
    "cyclegan": (CycleGanModel, {"target_names": ["a"]}, "*b* to *a*, with one", "unpaired"),
    "bicyclegan": (BicycleGanModel, {}, "*a* to *b*, with many styles", "paired"),
}


@pytest.mark.parametrize("tag", OTHERS)
def test_every_system_is_named_and_cited(tag, tmp_path, monkeypatch):
    model_class, options, intro, pictures = OTHERS[tag]
    folder = tmp_path / "your-name" / tag
    model_class(base_width=4, num_residual_blocks=1, **options).save_pretrained(folder)
    path = write_model_card(folder, **CARD)
    assert {tag, pictures} < set(ModelCard.load(path).data.tags)
    assert f"Translates pictures {intro}" in path.read_text()
    assert f"2017{tag}," in path.read_text() and f"learnt from {pictures} pi" in path.read_text()
    run_example(path, tmp_path, monkeypatch)


def test_a_model_that_found_its_domains_says_so(tmp_path, monkeypatch):
    folder = tmp_path / "your-name" / "tunit"
    TunitModel(base_width=4, guide_width=2, style_dim=4).save_pretrained(folder)
    path = write_model_card(folder, **CARD)
    assert {"tunit", "unlabelled"} < set(ModelCard.load(path).data.tags)
    text = path.read_text()
    assert "Found 10 domains in unlabelled pictures by itself" in text and "2021tunit," in text
    Image.new("RGB", (24, 16), "red").save(tmp_path / "reference.png")
    run_example(path, tmp_path, monkeypatch)


def test_every_class_has_its_paper():
    assert set(PAPERS) == set(MODELS)


def test_sections_without_content_are_left_out(folder):
    text = write_model_card(folder, **CARD).read_text()
    assert "## Measured" not in text and "## Attribution" not in text


def run_example(path, folder, monkeypatch):
    code = path.read_text().split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(folder)
    Image.new("RGB", (20, 16)).save("picture.png")
    exec(code, {})
    with Image.open("translated.png") as translated:
        assert translated.size == (20, 16)


def test_the_example_runs(folder, tmp_path, monkeypatch):
    (tmp_path / "your-name").symlink_to(tmp_path)
    run_example(write_model_card(folder, **CARD), tmp_path, monkeypatch)


def test_the_folder_still_loads(folder):
    write_model_card(folder, **CARD)
    assert TranslationPipeline.from_pretrained(folder).model.config.sample_size == 96


def test_an_untouched_card_is_written_anew(folder):
    write_model_card(folder, **CARD)
    path = write_model_card(folder, **CARD | {"facts": {"Steps": "2000"}})
    assert path.name == "README.md" and "2000" in path.read_text()


@pytest.mark.parametrize("edit", [lambda text: text.replace("1000", "1001"), lambda text: "mine"])
def test_an_edited_card_stays(folder, edit, caplog):
    path = write_model_card(folder, **CARD)
    mine = edit(path.read_text())
    path.write_text(mine)
    for _ in range(2):
        new = write_model_card(folder, **CARD)
        assert new.name == "README.generated.md" and "| Steps | 1000 |" in new.read_text()
        assert path.read_text() == mine
    assert "README.md was edited and stays" in caplog.text


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"has no config\.json"):
        write_model_card(tmp_path, **CARD)


def test_the_names_of_the_domains_are_those_of_the_config(folder):
    config = json.loads((folder / "config.json").read_text()) | {"domain_names": ["x", "y"]}
    (folder / "config.json").write_text(json.dumps(config))
    assert 'source="x", target="y"' in write_model_card(folder, **CARD).read_text()


def test_a_model_of_one_domain_has_a_card(tmp_path):
    model = MunitModel(channels=[3], domain_names=["fruit"], base_width=4, num_residual_blocks=1)
    model.save_pretrained(tmp_path)
    assert 'source="fruit", target="fruit"' in write_model_card(tmp_path, **CARD).read_text()
