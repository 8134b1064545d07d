"""What a preset says and what flags say."""

from tests.tiny_runs import ROOT
from training.command_line import parse_config, save_config
from training.config import CardConfig

QUICK = ["--config", str(ROOT / "training" / "configs" / "quick.yaml")]


def test_a_presets_card_is_of_its_own_pictures(tmp_path):
    whole = parse_config([*QUICK, "--data.sources.edges.part=0/3"]).card
    assert "Fruits-360" in whole.attribution and whole.license == "cc-by-sa-4.0"
    others = [*QUICK, "--data.sources.fruit.path=mine"]
    assert parse_config(others).card == CardConfig()
    told = parse_config([*others, "--card.license=mit", "--card.attribution=By me"]).card
    assert told == CardConfig(license="mit", attribution="By me")
    save_config([*others, "--card.title=Mine"], tmp_path)
    assert parse_config(["--config", str(tmp_path)]).card == CardConfig(title="Mine")


def test_what_flags_and_later_files_say_of_the_card_stays(tmp_path):
    (tmp_path / "mine.yaml").write_text("card: {license: cc-by-sa-4.0}\n")
    mine = [*QUICK, "--config", str(tmp_path / "mine.yaml")]
    assert "Fruits-360" in parse_config(mine).card.attribution
    others = "--data.sources.fruit.path=mine"
    assert parse_config([*mine, others]).card == CardConfig(license="cc-by-sa-4.0")
    assert parse_config([*QUICK, others, "--card.license=cc-by-sa-4.0"]).card.license[:2] == "cc"
