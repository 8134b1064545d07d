"""The card that goes to the Hub with a model: valid, true, and a person's where one wrote it."""

from contextlib import suppress
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from PIL import Image

from munit_hub import sharing
from munit_hub.card_text import is_ours
from munit_hub.loading import MODELS
from munit_hub.model_card import write_model_card
from munit_hub.sharing import push_folder
from tests.tiny_models import tiny_model

ID = "me/munit-edges2fruit"
MINE = "---\nlicense: mit\n---\n# Mine\n"
FACTS = {"title": "Edges", "license": "mit", "facts": {"Steps": "10"}}


def card_of(hub, repo_id=ID, revision="main"):
    return hub.store.repos["model", repo_id].files(revision)["README.md"].data.decode()


def example(card):
    return card.split("```python\n")[1].split("```")[0]


@pytest.mark.parametrize("model_class", MODELS.values())
def test_the_lines_of_a_pushed_card_run_as_they_stand(hub, model_class, tmp_path, monkeypatch):
    tiny_model(model_class).push_to_hub(ID)
    code = example(card_of(hub))
    assert f'from_pretrained("{ID}")' in code and len(code.strip().splitlines()) == 5
    monkeypatch.chdir(tmp_path)
    for name in ("picture.png", "reference.png"):
        Image.new("RGB", (20, 16), "red").save(name)
    exec(code, {})
    with Image.open("translated.png") as translated:
        assert translated.size == (20, 16)


def test_the_hub_takes_the_metadata(hub):
    figures = {"lpips": "0.25", "frechet": "7.1", "seed": "0", "protocol": "100 sketches"}
    card = FACTS | {"figures": figures, "datasets": ["me/fruits"]}
    tiny_model().push_to_hub(ID, card=card)
    card = ModelCard(card_of(hub))
    card.validate()
    assert card.data.library_name == "munit_hub" and card.data.pipeline_tag == "image-to-image"
    assert card.data.license == "mit" and card.data.datasets == ["me/fruits"]
    assert {"munit", "unpaired"} < set(card.data.tags) and card.data.model_name == "Edges"
    measured = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert measured == {"lpips": 0.25, "frechet": 7.1}
    assert {result.dataset_type for result in card.data.eval_results} == {"me/fruits"}
    assert "| protocol | 100 sketches |" in card.text and "| Steps | 10 |" in card.text


def test_without_a_word_the_licence_is_unknown_and_nothing_was_measured(hub):
    tiny_model().push_to_hub(ID)
    card = ModelCard(card_of(hub))
    assert card.data.license == "unknown" and card.data.eval_results is None
    assert "# munit-edges2fruit\n" in card.text and is_ours(card_of(hub))


@pytest.mark.parametrize("theirs", [MINE, None], ids=["written", "edited"])
def test_a_card_that_somebody_edited_on_the_hub_stays(hub, theirs, caplog, tmp_path):
    model = tiny_model()
    model.push_to_hub(ID)
    theirs = theirs or card_of(hub).replace("plausible", "possible")
    hub.put(ID, {"README.md": theirs.encode()})
    model.push_to_hub(ID)
    model.push_to_hub(ID, card=FACTS)
    model.save_pretrained(tmp_path)
    push_folder(tmp_path, ID)
    write_model_card(tmp_path, **FACTS)
    push_folder(tmp_path, ID)
    assert card_of(hub) == theirs and f"{ID} keeps its card" in caplog.text


def test_a_card_that_cannot_be_seen_is_not_written_over(hub, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.put(ID, {"README.md": MINE.encode()})
    hub.fault("HEAD", status=500)
    with pytest.raises(ValueError, match="The Hub fails to answer for me/munit-edges2fruit"):
        tiny_model().push_to_hub(ID)
    assert card_of(hub) == MINE


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"slow": 0.3}], ids=str)
@pytest.mark.parametrize("on", ["HEAD", "GET /api/models/"])
def test_an_edited_card_is_not_taken_for_the_cached_one(hub, monkeypatch, on, fault):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    for limit in ("HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT"):
        monkeypatch.setattr(f"huggingface_hub.constants.{limit}", 0.1)
    model = tiny_model()
    model.push_to_hub(ID)
    model.push_to_hub(ID, card=FACTS)  # which reads the card, and so keeps it
    hub.put(ID, {"README.md": MINE.encode()})
    hub.fault(on, **fault)
    with suppress(ValueError):  # or else the fault passed
        model.push_to_hub(ID, card=FACTS)
    assert card_of(hub) == MINE


def test_a_card_that_is_edited_during_the_push_stays(hub, monkeypatch):
    model, choose = tiny_model(), sharing._chosen_card
    model.push_to_hub(ID)

    def slowly(*args):
        hub.put(ID, {"README.md": MINE.encode()})
        return choose(*args)

    monkeypatch.setattr(sharing, "_chosen_card", slowly)
    with pytest.raises(ValueError, match=f"^Somebody else changed {ID} during the push"):
        model.push_to_hub(ID, card=FACTS)
    assert card_of(hub) == MINE


def test_a_card_that_cannot_be_read_here_is_no_failure_of_the_hub(hub, tmp_path, monkeypatch):
    tiny_model().save_pretrained(tmp_path)
    path, read = write_model_card(tmp_path, **FACTS), Path.read_text

    def refusing(self, *args, **options):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read(self, *args, **options)

    monkeypatch.setattr(Path, "read_text", refusing)  # root may read everything
    with pytest.raises(PermissionError):
        push_folder(tmp_path, ID)
    assert not hub.asked


def test_a_generated_card_stays_until_there_is_more_to_say(hub):
    model = tiny_model()
    model.push_to_hub(ID, card=FACTS)
    model.push_to_hub(ID)
    assert "| Steps | 10 |" in card_of(hub)
    model.push_to_hub(ID, card=FACTS | {"facts": {"Steps": "20"}})
    assert "| Steps | 20 |" in card_of(hub)


def test_the_card_of_a_folder_goes_along_and_names_the_repository(hub, tmp_path):
    folder = tmp_path / "run"
    tiny_model().save_pretrained(folder)
    path = write_model_card(folder, **FACTS)
    before = path.read_text()
    assert 'from_pretrained("your-name/run")' in before
    push_folder(folder, ID)
    assert card_of(hub) != before and is_ours(card_of(hub))
    assert f'from_pretrained("{ID}")' in card_of(hub) and "| Steps | 10 |" in card_of(hub)
    assert path.read_text() == before


def test_ones_own_card_in_a_folder_goes_along_as_it_is(hub, tmp_path):
    tiny_model().save_pretrained(tmp_path)
    (tmp_path / "README.md").write_text(MINE)
    hub.put(ID, {"README.md": b"another of mine"})
    push_folder(tmp_path, ID)
    assert card_of(hub) == MINE


def test_a_card_that_the_hub_does_not_take_is_one_sentence(hub, tmp_path):
    tiny_model().save_pretrained(tmp_path)
    (tmp_path / "README.md").write_text("---\nlicense: mine\n---\n")
    with pytest.raises(ValueError, match=r"^Invalid metadata in README\.md\. - .license. is not"):
        push_folder(tmp_path, ID)


LEFT_BY_A_RUN = [
    *("train.yaml", "run.json", "samples/00000002.png", "tensorboard/events.out.tfevents.1.host"),
    *("checkpoints/step-00000002/model.safetensors", "debug/step-00000002/batch.safetensors"),
    *("report/report.json", "report/sheet.png", "README.generated.md", "discriminator.pt"),
    *("notes.txt", ".cache/x", ".hidden.safetensors", "config.json.bak"),
]


def test_what_a_run_leaves_beside_its_model_stays_here(hub, tmp_path):
    tiny_model().save_pretrained(tmp_path)
    shared = {"config.json", "diffusion_pytorch_model.safetensors", "README.md"}
    discriminator = {"discriminator.json", "discriminator.safetensors"}
    for name in (*LEFT_BY_A_RUN, *discriminator):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    push_folder(tmp_path, ID, revision="runs/1")
    assert set(hub.store.repos["model", ID].files("runs/1")) == shared | discriminator


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("config.json", None, r"has no config\.json; a model's folder is needed"),
        ("config.json", '{"_class_name": "UNet"}', "holds a UNet; what is pushed is a MunitModel"),
        ("diffusion_pytorch_model.safetensors", None, r"holds no \.safetensors; save the model"),
    ],
)
def test_a_folder_without_a_model_is_not_pushed(hub, tmp_path, name, text, said):
    tiny_model().save_pretrained(tmp_path)
    (tmp_path / name).unlink()
    if text:
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=said):
        push_folder(tmp_path, ID)
    assert not hub.asked


def test_saving_and_pushing_at_once_writes_our_card(hub, tmp_path):
    tiny_model().save_pretrained(tmp_path / "mine", push_to_hub=True, private=True)
    assert is_ours(card_of(hub, "me/mine")) and hub.store.repos["model", "me/mine"].private
    tiny_model().save_pretrained(str(tmp_path / "mine"), push_to_hub=True, repo_id=ID)
    assert is_ours(card_of(hub))


def test_samples_go_along_with_the_card_that_shows_them(hub, tmp_path):
    samples = Image.new("RGB", (8, 8), "red")
    samples.save(tmp_path / "grid.jpg", quality=100)
    folder = tmp_path / "run"
    tiny_model().save_pretrained(folder)
    write_model_card(folder, **FACTS, picture=tmp_path / "grid.jpg")
    push_folder(folder, ID)
    files = hub.store.repos["model", ID].files()
    assert "![Inputs and their translations](samples.png)" in card_of(hub)
    assert files["samples.png"].data == (folder / "samples.png").read_bytes()
    assert files["samples.png"].data.startswith(b"\x89PNG")


def test_samples_of_a_push_without_a_folder(hub, tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "grid.png")
    tiny_model().push_to_hub(ID, card=FACTS | {"picture": tmp_path / "grid.png"})
    assert "(samples.png)" in card_of(hub) and "samples.png" in hub.store.repos["model", ID].files()
    tiny_model().push_to_hub("me/without", card=FACTS)
    assert "samples.png" not in card_of(hub, "me/without")


def test_samples_that_are_no_picture_are_refused_before_the_hub_is_asked(hub, tmp_path):
    (tmp_path / "grid.png").write_text("none")
    with pytest.raises(ValueError, match=r"grid\.png is not a picture that a card can show"):
        tiny_model().push_to_hub(ID, card=FACTS | {"picture": tmp_path / "grid.png"})
    assert not hub.asked


def test_the_card_says_what_the_model_is_not_for(hub):
    tiny_model().push_to_hub(ID)
    limits = " ".join(card_of(hub).split("## Limits\n")[1].split("## ")[0].split())
    assert "nothing may be measured or concluded" in limits
    assert "Not for: diagnosis" in limits and "people who did not agree" in limits


def test_a_generated_card_gives_way_to_no_samples(hub, tmp_path):
    model = tiny_model()
    model.push_to_hub(ID, card=FACTS | {"figures": {"lpips": "0.25"}})
    model.save_pretrained(tmp_path)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "samples.png")
    push_folder(tmp_path, ID, card={"picture": None})
    card = card_of(hub)
    assert "| Steps | 10 |" in card and ModelCard(card).data.eval_results
