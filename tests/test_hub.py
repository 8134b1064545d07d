"""Models on the Hub and from the Hub: the real client, against the server of hub_server.py."""

import json

import pytest
import torch
from huggingface_hub import HfApi
from PIL import Image

from munit_hub import MunitModel, TranslationPipeline
from munit_hub.loading import MODELS, load_model
from tests.hub_server import OTHER
from tests.tiny_models import same_weights, tiny_model

ID = "me/munit"
WEIGHTS = "diffusion_pytorch_model.safetensors"
OFFLINE = "huggingface_hub.constants.HF_HUB_OFFLINE"
READERS = [load_model, MunitModel.from_pretrained, TranslationPipeline.from_pretrained]


@pytest.fixture
def quick(monkeypatch):
    """The client's waits, left out; and a file that comes in many pieces, as a large one does."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 500)


@pytest.fixture
def pushed(hub):
    """A model on the Hub, of which this process has nothing yet."""
    model = tiny_model()
    model.push_to_hub(ID)
    hub.heal()
    return model


def refusal(read, *args, **options):
    """The one sentence of a refusal."""
    with pytest.raises(ValueError) as refused:
        read(*args, **options)
    sentence = str(refused.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("model_class", MODELS.values())
def test_every_model_goes_there_and_comes_back(hub, model_class):
    model = tiny_model(model_class)
    repo_id = f"me/{model_class.__name__}"
    commit = model.push_to_hub(repo_id, private=True)
    assert commit.startswith(hub.url) and hub.store.repos["model", repo_id].private
    assert set(hub.store.repos["model", repo_id].files()) == {"config.json", WEIGHTS, "README.md"}
    for read in (load_model, model_class.from_pretrained):
        assert same_weights(read(repo_id), model)
    translate = TranslationPipeline.from_pretrained(repo_id)
    reference = {"reference": Image.new("RGB", (16, 16), "red")} if model.domain_in_style else {}
    (out,) = translate(Image.new("RGB", (20, 16)), "fruit", "edges", **reference).images
    assert out[0].size == (20, 16)


def test_a_model_goes_to_ones_own_name(hub):
    assert "/me/mine/commit/" in tiny_model().push_to_hub("mine", commit_message="First")
    repo = hub.store.repos["model", "me/mine"]
    assert repo.commits[repo.sha("main")].message == "First"


def test_revisions_and_branches(hub):
    first, second, third = (tiny_model(seed=seed) for seed in range(3))
    sha = first.push_to_hub(ID).oid
    HfApi().create_tag(ID, tag="v1")
    second.push_to_hub(ID)
    third.push_to_hub(ID, revision="try/wide")
    for revision, model in {None: second, sha: first, "v1": first, "try/wide": third}.items():
        for read in (load_model, MunitModel.from_pretrained):
            assert same_weights(read(ID, revision=revision), model)


def test_subfolders_and_variants(hub):
    first, second = tiny_model(seed=1), tiny_model(seed=2).half()
    first.push_to_hub(ID, subfolder="small")
    second.push_to_hub(ID, variant="fp16")
    assert same_weights(load_model(ID, subfolder="small"), first)
    assert same_weights(load_model(ID, variant="fp16", torch_dtype=torch.float16), second)
    assert same_weights(MunitModel.from_pretrained(ID, variant="fp16"), second.float())
    assert refusal(load_model, ID) == (
        f"{ID} on the Hub must hold both config.json and {WEIGHTS}; no pickle is loaded."
    )


def test_a_folder_of_ones_choice_is_the_cache(pushed, tmp_path):
    options = {"cache_dir": tmp_path / "mine"}
    assert same_weights(load_model(ID, **options), pushed)
    for read in READERS:
        assert read(ID, **options, local_files_only=True)
        assert refusal(read, ID, cache_dir=tmp_path / "other", local_files_only=True) == (
            f"{ID} is neither a folder here nor in the cache, and the Hub gives no answer."
        )


def test_offline_the_cache_is_used(hub, pushed, monkeypatch):
    load_model(ID)
    hub.heal()
    monkeypatch.setattr(OFFLINE, True)
    for read in READERS:
        assert read(ID)
    assert "nor in the cache" in refusal(load_model, "me/other") and not hub.asked


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"status": 401}])
def test_when_the_hub_fails_the_cache_is_used(hub, pushed, quick, fault):
    load_model(ID)
    hub.fault(**fault)
    assert same_weights(load_model(ID), pushed)


def test_what_was_loaded_is_not_asked_for_again(hub, pushed):
    load_model(ID)
    load_model(ID)
    assert [r.method for r in hub.asked if r.path.startswith("/cdn/")] == ["GET"]


def test_config_and_weights_are_of_one_commit(hub, pushed, monkeypatch):
    """A push in between the two downloads changes nothing: its config would not fit."""
    from huggingface_hub import hf_hub_download

    wide = MunitModel(base_width=8, num_residual_blocks=1, mlp_width=8)

    def fetch(repo, name, **options):
        if name == WEIGHTS:
            wide.push_to_hub(ID)
        return hf_hub_download(repo, name, **options)

    monkeypatch.setattr("munit_hub.weights.hf_hub_download", fetch)
    assert same_weights(load_model(ID), pushed)


def test_a_cut_download_goes_on(hub, pushed, quick):
    hub.fault("GET /cdn/", times=3, cut=1000)
    assert same_weights(load_model(ID), pushed)


def test_a_slow_answer_is_waited_for(hub, pushed, quick, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 0.1)
    hub.fault("HEAD", times=1, slow=0.3)
    assert same_weights(load_model(ID), pushed)


@pytest.mark.parametrize("read", READERS)
def test_a_download_that_stays_cut_leaves_nothing_in_use(hub, pushed, quick, read, tmp_path):
    hub.fault("GET /cdn/", times=1, cut=1000)
    hub.fault("GET /cdn/", cut=0)
    assert refusal(read, ID).startswith(f"The download of {ID} did not end (")
    blobs = [path for path in (tmp_path / "hf_home").rglob("blobs/*") if path.is_file()]
    assert [path.read_bytes()[:1] for path in blobs] == [b"{"]  # the config alone
    hub.heal()
    assert read(ID)


def test_others_see_no_private_model(hub):
    tiny_model().push_to_hub("me/secret", private=True)
    for read in READERS:
        for token in (OTHER, False):
            assert refusal(read, "me/secret", token=token) == (
                "The Hub shows no me/secret: check the id; if it is private, log in with "
                "`hf auth login` or give its token."
            )
    assert load_model("me/secret", token="hf_me")


REFUSED = {
    401: "The Hub takes no token, or a wrong one, for me/munit: log in with `hf auth login`",
    403: "The token may not read me/munit: use one of its owner's with that permission",
    404: "The Hub does not let one read me/munit (404): check the id and the token",
    429: "The Hub has too many requests to answer for me/munit (429): try again in 9 seconds",
    500: "The Hub fails to answer for me/munit (500): try again later",
}


@pytest.mark.parametrize("status", REFUSED)
@pytest.mark.parametrize("options", [{}, {"force_download": True}], ids=["", "forced"])
def test_a_refusal_is_one_sentence(hub, pushed, quick, status, options):
    hub.fault(status=status, retry_after=9 if status == 429 else None)
    assert refusal(load_model, ID, **options).startswith(REFUSED[status])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"revision": "v9"}, "me/munit is on the Hub, but has no such revision: name a branch"),
        ({"token": "hf_wrong"}, "The Hub takes no token, or a wrong one, for me/munit: log in"),
        ({"subfolder": "inner"}, "me/munit on the Hub must hold both config.json and diffusion"),
        ({"local_files_only": True, "force_download": True}, "Cannot pass 'force_download=True'"),
    ],
)
def test_what_is_wrong_is_named(pushed, options, said):
    assert refusal(load_model, ID, **options).startswith(said)


def test_a_gated_model(hub, pushed):
    hub.fault("HEAD", status=403, code="GatedRepo")
    assert refusal(load_model, ID) == (
        f"{ID} is gated: accept its terms at {hub.url}/{ID} and log in with `hf auth login`."
    )


def test_a_missing_repository_is_named(hub):
    assert refusal(load_model, "me/none").startswith("The Hub shows no me/none: check the id;")


@pytest.mark.parametrize(
    ("repo_id", "fault", "said"),
    [
        ("other/model", {}, "The token may not write to other/model: use one of its owner's"),
        ("a/b/c", {}, "'a/b/c' is no id of the Hub, such as your-name/model."),
        (ID, {"status": 401}, "The Hub takes no token, or a wrong one, for me/munit"),
        (ID, {"status": 429, "retry_after": 5}, "The Hub has too many requests to answer for me"),
        (ID, {"status": 500, "on": "/lfs/"}, "The Hub fails to answer for me/munit (500): try"),
        (ID, {"cut": 0}, "The push to me/munit did not end ("),
    ],
)
def test_a_push_that_fails_is_one_sentence(hub, quick, repo_id, fault, said):
    if fault:
        hub.fault(**fault)
    assert refusal(tiny_model().push_to_hub, repo_id).startswith(said)


def test_no_pickle_is_saved_or_pushed(tmp_path):
    for save in (tiny_model().save_pretrained, tiny_model().push_to_hub):
        with pytest.raises(ValueError, match=r"only \.safetensors files are saved"):
            save(tmp_path / "model", safe_serialization=False)
    assert not (tmp_path / "model").exists()


def test_a_pickle_on_the_hub_is_refused(hub):
    config = json.dumps(dict(tiny_model().config) | {"_class_name": "MunitModel"}).encode()
    hub.put(ID, {"config.json": config, "diffusion_pytorch_model.bin": b"anything"})
    assert "no pickle is loaded" in refusal(load_model, ID)
    assert not [r for r in hub.asked if r.path.startswith("/cdn/")]
