"""Runs that push to a Hub on this machine, which fails in every way that it can."""

import logging
import time

import pytest

import training.pushing
from munit_hub import MunitModel
from tests.hub_server import OTHER
from tests.tiny_models import tiny_model
from training.command_line import parse_config
from training.pushing import HubPushes, check_push
from training.train import main

REPO = "me/tiny"
PUSH = ["--push_to_hub=true", f"--hub_model_id={REPO}", "--report_to=none"]
PUSH += ["--log.samples_every=0", "--log.checkpoint_every=0"]


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    monkeypatch.setattr(training.pushing, "DELAYS", (0.01, 0.01))


def commits(hub):
    return [commit.message for commit in hub.store.repos["model", REPO].commits.values()]


def test_a_run_pushes_on_the_way_and_at_the_end(arguments, hub, tmp_path, capsys):
    flags = ["--max_steps=3", "--hub_push_steps=2", "--hub_private=true"]
    assert main([*arguments, *PUSH, *flags]) == 0
    assert commits(hub)[-2:] == ["Step 2", "Step 3"]
    repo = hub.store.repos["model", REPO]
    assert repo.private and "train.yaml" not in repo.files("main")
    assert f'from_pretrained("{REPO}")' in repo.files("main")["README.md"].data.decode()
    assert "Pushed to me/tiny: step 2, 3." in capsys.readouterr().out
    assert MunitModel.from_pretrained(REPO).config.base_width == 4
    assert not (tmp_path / "run" / "hub").exists()


def test_a_push_that_fails_at_first_is_tried_again(arguments, hub, caplog):
    hub.fault(on="/commit/", times=1, status=412)
    with caplog.at_level(logging.WARNING):
        assert main([*arguments, *PUSH, "--max_steps=1"]) == 0
    assert "The push of step 1 is tried again: Somebody else changed me/tiny" in caplog.text
    assert commits(hub)[-1] == "Step 1"


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, "The Hub fails to answer for me/tiny (500)"), (401, "mend HF_TOKEN")],
)
def test_a_push_that_always_fails_ends_no_run(arguments, hub, tmp_path, capsys, status, said):
    hub.fault(on="/commit/", status=status)
    assert main([*arguments, *PUSH, "--max_steps=3", "--hub_push_steps=2"]) == 0
    told = capsys.readouterr().out
    assert "Pushed to me/tiny: nothing." in told and "Not pushed: step 3. " in told
    assert said in told and f"munit-hub push {tmp_path / 'run'} me/tiny" in told
    assert commits(hub) == ["initial commit"]
    assert MunitModel.from_pretrained(tmp_path / "run")


def test_a_model_that_cannot_be_written_for_a_push_ends_no_run(
    arguments, hub, tmp_path, capsys, caplog
):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "hub").write_text("a user's")
    assert main([*arguments, *PUSH, "--max_steps=3", "--hub_push_steps=2"]) == 0
    told = capsys.readouterr().out
    assert "Pushed to me/tiny: step 3." in told and "Not pushed: step 2. " in told
    assert "The push of step 2 is given up: " in caplog.text
    assert commits(hub)[-1] == "Step 3"
    assert (tmp_path / "run" / "hub").read_text() == "a user's"


def test_a_slow_hub_holds_nothing_up(arguments, hub, caplog):
    pushes = HubPushes(parse_config([*arguments, *PUSH, "--hub_push_steps=1"]))
    hub.fault(on="/api/repos/create", times=1, slow=30)
    tiny_model().save_pretrained(pushes.folder)
    assert pushes.due(1)
    pushes.start(1)
    while not hub.asked:
        time.sleep(0.01)
    with caplog.at_level(logging.WARNING):
        assert not pushes.due(2)
    assert "The model of step 2 is not pushed: an older one still is." in caplog.text
    hub.ended.set()
    pushes.thread.join()
    assert pushes.pushed == [1] and pushes.due(3)


def test_a_wrong_token_is_told_at_the_start(arguments, hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ValueError, match="push_to_hub: The Hub takes no token, or a wrong one"):
        main([*arguments, *PUSH])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("there", [True, False])
def test_anothers_repository_is_told_at_the_start(arguments, hub, monkeypatch, there):
    if there:
        hub.put(REPO, {"config.json": b"{}"})
    monkeypatch.setenv("HF_TOKEN", OTHER)
    with pytest.raises(ValueError, match="push_to_hub: The token may not write to me/tiny"):
        check_push(parse_config([*arguments, *PUSH]))


def test_an_id_or_a_licence_that_cannot_be_is_told_at_the_start(arguments, hub):
    with pytest.raises(ValueError, match="push_to_hub: .*'a/b/c'"):
        check_push(parse_config([*arguments, *PUSH, "--hub_model_id=a/b/c"]))
    with pytest.raises(ValueError, match="push_to_hub: .*license.* is not valid: 'mine'"):
        check_push(parse_config([*arguments, *PUSH, "--card.license=mine"]))
    with pytest.raises(ValueError, match="push_to_hub needs hub_model_id"):
        parse_config([*arguments, "--push_to_hub=true"])


def test_a_hub_without_an_answer_at_the_start_is_a_warning(arguments, hub, caplog):
    hub.fault(status=503)
    with caplog.at_level(logging.WARNING):
        check_push(parse_config([*arguments, *PUSH]))
    assert "(503): try again later. Training starts all the same." in caplog.text
