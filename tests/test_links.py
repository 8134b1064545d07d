import pytest

from space.links import read_link

TABS = ["translate", "matrix"]


def test_a_link_says_model_target_seed_and_tab():
    query = {"model": "a/b", "target": "fruit", "seed": "7", "tab": "matrix", "__theme": "dark"}
    assert read_link(query, TABS) == ("a/b", "fruit", 7, "matrix", [])
    assert read_link({}, TABS) == (None, None, None, None, [])


@pytest.mark.parametrize(
    "seed", ["", "x", "-1", "1.5", "٣", "4294967296", "9" * 10_000, "1e3", " 1", "None"]
)
def test_a_wrong_seed_is_left_out_with_a_sentence(seed):
    link = read_link({"seed": seed, "target": "fruit"}, TABS)
    assert (link.seed, link.target) == (None, "fruit")
    assert (
        "from 0 to 4294967295" in link.refused[0].sentence()
        and len(link.refused[0].sentence()) < 200
    )


def test_a_tab_that_there_is_not_is_left_out_with_a_sentence():
    link = read_link({"tab": "settings"}, TABS)
    assert link.tab is None
    said = [refused.sentence() for refused in link.refused]
    assert said == ["The link's tab 'settings' is left out: there are translate, matrix."]
