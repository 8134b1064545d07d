"""Figures into a card that is there: nothing else of it may change."""

import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData

from munit_hub.card_figures import put_results, with_results
from munit_hub.card_text import is_ours
from munit_hub.figures import eval_results_of
from munit_hub.model_card import write_model_card
from tests.tiny_models import tiny_model

EDITED = """\
---
# licence as of 2024
license: mit   # mine
model-index:
- name: My model
  results:
  - task: {type: image-to-image}
    dataset: {type: not-on-the-hub, name: test.parquet}
    metrics:
    - {type: frechet_alexnet, value: 99.0, name: old}
    - {type: votes, value: 7, name: Votes of friends}

# tags are in order of love
tags: [munit, "cat"]
---

# My cats

---
model-index: is not metadata down here
"""
RESULTS = eval_results_of(
    {"frechet_alexnet": ("Frechet distance (alexnet)", 12.5), "cis": ("CIS", 0.7)},
    "not-on-the-hub",
    "test.parquet",
)


def figures_in(card):
    results = ModelCardData(**ModelCard(card).data.to_dict()).eval_results
    return {result.metric_type: result.metric_value for result in results}


def test_an_edited_card_keeps_every_other_line_and_figure():
    card = with_results(EDITED, "x", RESULTS)
    assert figures_in(card) == {"frechet_alexnet": 12.5, "cis": 0.7, "votes": 7}
    others = (
        EDITED.partition("model-index:")[0],
        EDITED.partition("7, name: Votes of friends}\n")[2],
    )
    kept = yaml.safe_load(card.split("---\n")[1])
    assert kept["license"] == "mit" and kept["tags"] == ["munit", "cat"]
    assert kept["model-index"][0]["name"] == "My model"
    without_index = [line for line in card.splitlines() if line in "".join(others).splitlines()]
    assert [line for line in "".join(others).splitlines() if line] == [
        line for line in without_index if line
    ]
    assert card.endswith(EDITED.split("\n---\n", 1)[1])  # not a byte of the text


def test_figures_that_are_put_twice_are_there_once():
    once = with_results(EDITED, "x", RESULTS)
    assert with_results(once, "x", RESULTS) == once
    newer = eval_results_of({"cis": ("CIS", 0.9)}, "not-on-the-hub", "test.parquet")
    assert figures_in(with_results(once, "x", newer))["cis"] == 0.9
    other = eval_results_of({"cis": ("CIS", 0.1)}, "not-on-the-hub", "other.parquet")
    assert len(ModelCard(with_results(once, "x", other)).data.eval_results) == 4


def test_a_card_without_metadata_gets_some():
    card = with_results("# Just text\n", "cats", RESULTS)
    assert card.endswith("\n# Just text\n") and figures_in(card)["cis"] == 0.7
    assert ModelCard(card).data.model_name == "cats"


def test_metadata_that_cannot_be_read_is_left_alone():
    for broken in ("---\na: [\n---\n", "---\nmodel-index: 7\n---\n"):
        with pytest.raises(ValueError, match="metadata of the card cannot be read"):
            with_results(broken, "x", RESULTS)


@pytest.fixture
def folder(tmp_path):
    tiny_model().save_pretrained(tmp_path / "cats")
    return tmp_path / "cats"


def test_a_card_of_ours_stays_ours_and_an_edited_one_edited(folder):
    path = write_model_card(folder, title="Cats", license="mit", facts={"Steps": "3"})
    put_results(str(folder), RESULTS)
    card = path.read_text()
    assert is_ours(card) and "| Steps | 3 |" in card and figures_in(card)["cis"] == 0.7
    path.write_text(card.replace("# Cats", "# My cats"))
    put_results(str(folder), RESULTS)
    assert not is_ours(path.read_text()) and "# My cats" in path.read_text()


def test_a_model_without_a_card_gets_one(folder):
    assert put_results(str(folder), RESULTS) == str(folder / "README.md")
    card = (folder / "README.md").read_text()
    assert figures_in(card)["frechet_alexnet"] == 12.5 and "# cats" in card


def test_a_card_on_the_hub(hub, folder):
    tiny_model().push_to_hub("me/cats", card={"title": "Cats", "license": "mit", "facts": {}})
    put_results("me/cats", RESULTS)
    card = ModelCard.load("me/cats").content
    assert figures_in(card)["cis"] == 0.7 and "license: mit" in card
