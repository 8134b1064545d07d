"""A model's card on the page: somebody's Markdown, of which nothing runs and nothing is fetched."""

import pytest

from space import cards
from space.cards import card_of, title_of
from space.models import BUNDLED_MODEL
from tests.tiny_models import tiny_model


@pytest.fixture
def carded(tmp_path):
    """A function that gives a tiny model a card, and its folder."""
    cards.text_of.cache_clear()
    tiny_model().save_pretrained(tmp_path)

    def save(text):
        (tmp_path / "README.md").write_text(text)
        return str(tmp_path)

    return save


def test_the_header_is_left_out_but_for_the_licence(carded):
    card = card_of(carded("---\nlicense: mit\ntags:\n- secret\n---\n\n# A *good* model\n\nText."))
    assert "licence: mit" in card and "96 × 96 pixels" in card
    assert "secret" not in card and "<h1>A <em>good</em> model</h1>" in card


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=https://example.com/x.png onerror=alert(1)>",
        "![](https://example.com/x.png)",
        "![<b>](samples.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](/gradio_api/file=/etc/passwd)",
        "<https://example.com/\"onclick='x'>",
        "[ref]\n\n[ref]: javascript:alert(1)",
    ],
)
def test_nothing_of_a_card_runs_or_is_fetched(carded, text):
    card = card_of(carded(f"# T\n\n{text}\n")).lower()
    for wrong in (
        "<script",
        "<img",
        "<b>",
        'href="javascript',
        'href="data',
        'href="/',
        "<a onclick",
    ):
        assert wrong not in card
    assert " src=" not in card or "&lt;img" in card


def test_a_picture_is_its_description(carded):
    assert "<em>Inputs &amp; results</em>" in card_of(carded("![Inputs & results](samples.png)"))


def test_a_link_leads_to_the_web_and_elsewhere(carded):
    card = card_of(carded("[paper](https://arxiv.org/abs/1804.04732)"))
    assert 'target="_blank" rel="noopener noreferrer nofollow"' in card


def test_a_card_is_cut_at_a_length(carded):
    card = card_of(carded("word " * 100_000))
    assert len(card) < 21_000 and "The rest of the card is left out." in card


def test_a_header_that_would_grow_without_bound_is_not_parsed(carded):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    card = card_of(carded("---\n" + "\n".join(lines) + "\nlicense: *a59\n---\n# T\n"))
    assert "licence: not stated" in card


def test_titles_are_plain_text_and_of_one_line(carded):
    assert title_of(BUNDLED_MODEL) == "MUNIT edges to fruit"
    folder = carded("no title")
    assert title_of(folder) == folder.split("/")[-1]


def test_a_model_without_a_card_says_so(tmp_path):
    tiny_model().save_pretrained(tmp_path)
    assert "has no card" in card_of(str(tmp_path))
