"""Choosing models and coming by links, in a real Chromium."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from space.models import BUNDLED
from space.picture import PHOTOGRAPHS, SKETCHES
from tests.browser import DESK, PHONE, addresses, fits, message, pictures
from tests.conftest import start_page
from tests.tiny_models import tiny_model

pytestmark = pytest.mark.browser
HOSTILE = """# A model
![a](https://example.com/a.png) <img src="https://example.com/b.png" onerror="alert(1)">
<script src="https://example.com/c.js"></script> ${alert(1)} {{value}}

[paper](https://arxiv.org/abs/1804.04732)
"""


def choose(page, title):
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name=title, exact=True).click()


def open_from_hub(page, repo):
    if not page.get_by_label("Its id, owner/name").is_visible():
        page.get_by_role("button", name="Another model of the Hub").click()
    page.get_by_label("Its id, owner/name").fill(repo)
    page.get_by_role("button", name="Open", exact=True).click()


def chosen_target(page):
    return page.locator("#direction label:has(input:checked)").inner_text()


def results(page, number):
    """The addresses of the results, once there are that many."""
    page.wait_for_function(
        "n => document.querySelectorAll('#results .thumbnail-lg img').length === n", arg=number
    )
    return addresses(page)


def words(page, **expected):
    """The words of the page's address, once they are as expected."""
    page.wait_for_function(
        """expected => Object.entries(expected).every(
          ([word, value]) => new URL(location).searchParams.get(word) === value)""",
        arg=expected,
    )
    return {word: found[0] for word, found in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_another_model_is_chosen_and_the_first_again(visit, device):
    page = visit(**device)
    choose(page, "TUNIT, ten varieties of fruit")
    results(page, 1)  # made anew, of an example photograph
    assert page.locator("#headline").inner_text().startswith("Any picture")
    assert page.locator("#direction input").count() == 10
    assert page.get_by_role("tab", name="Draw").is_hidden()
    page.get_by_role("button", name="About this model: TUNIT").click()
    page.locator("#card").get_by_text("Found 10 domains in unlabelled pictures").wait_for()
    words(page, model="tunit-fruits10", target="0")
    assert fits(page)
    choose(page, "model0")
    results(page, 8)
    assert chosen_target(page) == "Sketch → fruit"
    page.get_by_role("tab", name="Draw", selected=True).wait_for()
    assert words(page, target="fruit") == {"target": "fruit"}


@pytest.mark.parametrize(
    ("repo", "sentence"),
    [("space/models", "no connection to the Hub"), ("<b>../x", "no id of a model on the Hub")],
)
def test_a_wrong_id_gets_a_sentence_and_the_page_stays(visit, repo, sentence):
    page = visit(**DESK)
    before = addresses(page)
    open_from_hub(page, repo)
    assert sentence in message(page)
    assert page.get_by_label("Model", exact=True).input_value() == "model0"
    assert addresses(page) == before and chosen_target(page) == "Sketch → fruit"


def test_a_link_opens_its_model_and_target(visit):
    page = visit("?model=tunit-fruits10&target=7&tab=translate", **PHONE)
    results(page, 1)
    assert chosen_target(page) == "7"
    assert page.get_by_label("Model", exact=True).input_value().startswith("TUNIT")


def test_a_link_to_a_tab_that_its_model_has_no_use_for_gets_a_sentence(visit):
    page = visit("?tab=domains", **DESK)
    assert "tab 'domains' is left out: of this model there are translate, styles" in message(page)
    page.get_by_role("tab", name="Translate", selected=True).wait_for()


def test_a_link_opens_its_tab_and_the_address_follows(visit):
    page = visit("?tab=styles", **DESK)
    page.get_by_role("tab", name="Style space", selected=True).wait_for()
    assert words(page, tab="styles") == {"tab": "styles"}
    page.get_by_role("tab", name="Translate").click()
    page.wait_for_function("!location.search.includes('tab')")


def test_a_link_opens_its_seed_and_the_address_follows_the_visitor(visit):
    page = visit("?seed=5", **DESK)
    page.wait_for_function("document.querySelector('#seed input').value === '5'")
    page.locator("#session .thumbnail-lg").first.wait_for()  # translated anew
    five = pictures(results(page, 8))
    page.get_by_label("Seed").fill("6")
    page.get_by_label("Seed").press("Enter")
    words(page, seed="6")
    page.get_by_label("Fruit → sketch").click()
    assert words(page, seed="6", target="edges") == {"seed": "6", "target": "edges"}
    other = visit(**DESK)
    assert set(pictures(results(other, 8))).isdisjoint(five)  # of the seed 0


def test_what_a_link_says_wrongly_gets_sentences(visit):
    page = visit("?model=%3Cb%3E&target=vegetables&seed=-3&tab=x", **DESK)
    said = message(page)
    for part in ("model '<b>' is left out", "there are edges, fruit", "seed '-3'", "tab 'x'"):
        assert part in said
    assert ".." not in said
    assert chosen_target(page) == "Sketch → fruit" and len(addresses(page)) == 8
    page.wait_for_function("!location.search")  # nobody copies what is refused


@pytest.mark.parametrize("seed", ["-1", "1.5", "99999999999"])
def test_a_seed_that_there_is_not_gets_a_sentence_and_no_word_in_the_address(visit, seed):
    page = visit(**DESK)
    page.get_by_label("Seed").fill("6")
    words(page, seed="6")
    page.get_by_label("Seed").fill(seed)
    page.get_by_label("Seed").press("Enter")
    assert seed in message(page)
    assert words(page, seed="6") == {"seed": "6"}


def test_any_model_of_the_hub_is_opened_with_its_card(visit, hub, tmp_path, tiny_sketch_model):
    tiny_model().save_pretrained(tmp_path / "net")
    files = {path.name: path.read_bytes() for path in (tmp_path / "net").iterdir()}
    named = json.loads(files["config.json"]) | {"domain_names": ["cat", "<i>dog"]}
    files["config.json"] = json.dumps(named).encode()
    hub.put("me/cats", files | {"README.md": HOSTILE.encode()})
    named = f"{BUNDLED / 'tunit-fruits10'}, {tiny_sketch_model}"
    environment = hub.environment(tmp_path) | {"MUNIT_HUB_MODEL": named}
    with start_page(tmp_path, **environment) as running:
        page = visit(running.url, draws=False, **DESK)
        open_from_hub(page, "me/cats")
        page.get_by_label("Cat → <i>dog").wait_for()
        assert page.get_by_label("Model", exact=True).input_value() == "me/cats"
        results(page, 8)  # translated anew: TUNIT had one
        page.get_by_role("button", name="About this model: A model").click()
        card = page.locator("#card-text")
        card.get_by_role("link", name="paper").wait_for()
        assert card.locator("img, script").count() == 0
        assert "${alert(1)} {{value}}" in card.inner_text()
        words(page, model="me/cats", target="<i>dog")
        open_from_hub(page, "me/none")
        assert "shows no public model me/none" in message(page)
        choose(page, "model0")  # the first that draws
        page.get_by_role("tab", name="Draw", selected=True).wait_for()
        assert len(results(page, 8)) == 8 and page.locator("#drawing canvas").is_visible()
        assert "Traceback" not in running.log.read_text()
        page.close()  # before its server goes


def upload(page, picture):
    """Uploads a picture as the visitor's; it lies on the sheet of uploads then."""
    page.get_by_role("tab", name="Upload").click()
    page.locator("#sheets input[type=file]").first.set_input_files(picture)
    page.get_by_label("Remove Image").wait_for()


def test_an_upload_and_its_direction_go_with_the_visitor_to_another_model(visit):
    page = visit(**DESK)
    page.get_by_label("Fruit → sketch").click()
    upload(page, PHOTOGRAPHS[2])
    mine = addresses(page, "#sheets .image-container")
    choose(page, "UNIT edges to fruit, 64 pixels")
    results(page, 1)
    words(page, model="unit-edges2fruit-64", target="edges")
    assert chosen_target(page) == "Fruit → sketch"
    page.get_by_role("tab", name="Upload", selected=True).wait_for()
    assert addresses(page, "#sheets .image-container") == mine
    page.locator("#compared img").first.wait_for()  # a photograph was translated


def test_a_sketch_that_was_uploaded_is_what_the_next_model_translates(visit):
    page = visit(**DESK)
    upload(page, SKETCHES[2])
    choose(page, "UNIT edges to fruit, 64 pixels")
    results(page, 1)
    page.get_by_role("tab", name="Upload", selected=True).wait_for()
    assert chosen_target(page) == "Sketch → fruit"
    sketch = pictures(addresses(page, "#seen"))
    other = visit("?model=unit-edges2fruit-64", **DESK)
    assert pictures(addresses(other, "#seen")) != sketch  # of the example on the paper
    assert page.locator("#compared").is_hidden()  # a sketch is not its result's photograph


def test_an_open_style_space_goes_to_another_kind_of_model(visit):
    page = visit("?tab=styles", **DESK)
    page.locator("#style-map img").wait_for()
    choose(page, "TUNIT, ten varieties of fruit")
    page.get_by_label("slider for Direction 8").wait_for()
    page.get_by_text("in which styles of real pictures differ most").first.wait_for()
    assert page.locator(".toast-body").count() == 0


def test_a_page_whose_choices_are_gone_asks_to_be_reloaded(visit, visitor):
    """The server put them away for those of others, or was started anew."""
    page = visit(**DESK)
    choose(page, "UNIT edges to fruit, 64 pixels")
    before = results(page, 1)
    for number in range(205):
        visitor.open(f"other{number}")
    page.get_by_role("button", name="Translate", exact=True).click()
    assert "was put away" in message(page)
    assert addresses(page) == before
    page.reload()
    results(page, 1)
    page.wait_for_function("window.linkIsRead")
    page.locator("#session .thumbnail-lg").first.wait_for()
    page.get_by_role("button", name="Clear", exact=True).click()  # of the paper
    page.get_by_role("button", name="Translate", exact=True).click()
    assert "There is no picture yet" in message(page)
