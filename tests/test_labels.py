import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from tests.test_objective_tunit import batch, build, noise
from training.config import DataConfig, TrainConfig
from training.data import TrainingData
from training.labels import UNKNOWN, check_labels, read_labels, told
from training.losses import known_cross_entropy
from training.pictures import open_source
from training.sources import SourceConfig


@pytest.fixture
def parquet(tmp_path):
    """Six pictures whose red value is 30 times their class, the last without one."""
    label = [0, 2, 0, 2, 2, None]
    words = ["pear", "fig", "pear", "fig", "", None]
    images = [Image.new("RGB", (40, 40), (30 * (value or 0), 0, 0)) for value in label]
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["pear", "apple", "fig"]),
            "word": datasets.Value("string"),
            "weight": datasets.Value("float32"),
        }
    )
    rows = {"image": images, "label": label, "word": words, "weight": [1.0] * 6}
    path = tmp_path / "train.parquet"
    datasets.Dataset.from_dict(rows, features).to_parquet(str(path))
    return str(path)


def test_class_labels_and_strings(parquet, tmp_path):
    cache = tmp_path / "cache.npy"
    classes = read_labels(SourceConfig(parquet, label_column="label"), cache)
    assert classes.names == ["pear", "fig"] and classes.indices.tolist() == [0, 1, 0, 1, 1, -1]
    words = read_labels(SourceConfig(parquet, label_column="word"), cache)
    assert words.names == ["fig", "pear"] and words.indices.tolist() == [1, 0, 1, 0, -1, -1]
    cache.with_suffix(".bad.json").write_text('{"1": "broken"}')
    left = read_labels(SourceConfig(parquet, label_column="label"), cache)
    assert left.indices.tolist() == [0, 0, 1, 1, -1]


def test_a_larger_fraction_tells_more_of_the_same(parquet, tmp_path):
    labels = read_labels(SourceConfig(parquet, label_column="label"), tmp_path / "cache.npy")
    told_of = [set(np.flatnonzero(told(labels, f) >= 0)) for f in (0, 0.01, 0.5, 1)]
    assert [len(known) for known in told_of] == [0, 1, 3, 5]
    assert told_of[1] < told_of[2] < told_of[3]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"label_column": "kind"}, "has no column 'kind'"),
        ({"label_column": "weight"}, "'weight' holds neither class labels nor strings"),
        ({"label_column": "label", "label_fraction": 1.5}, r"must be in \[0, 1\], not 1.5"),
        ({"label_fraction": 0.5}, "label_fraction 0.5 needs a label_column"),
    ],
)
def test_labels_that_do_not_fit_are_one_sentence(parquet, tmp_path, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_labels(SourceConfig(parquet, **options), tmp_path / "cache.npy")


def test_more_classes_than_domains_are_one_sentence(parquet, tmp_path):
    labels = read_labels(SourceConfig(parquet, label_column="label"), tmp_path / "cache.npy")
    check_labels(labels, ["0", "1"])
    with pytest.raises(ValueError, match="of 2 classes, and tunit.model.num_domains is 1"):
        check_labels(labels, ["0"])


def test_only_tunit_is_told_labels(parquet):
    sources = {"pile": SourceConfig(parquet, label_column="label", label_fraction=1)}
    with pytest.raises(ValueError, match="label_fraction is for tunit"):
        TrainConfig("", DataConfig(sources), 1, system="munit")


def test_labels_come_along_with_their_pictures(parquet, tmp_path):
    config = SourceConfig(parquet, label_column="label", label_fraction=1)
    source, hidden = (
        open_source(chosen, "pile", 32, tmp_path)
        for chosen in (config, SourceConfig(parquet, label_column="label"))
    )
    assert source.fingerprint == hidden.fingerprint and hidden.told is None
    data = TrainingData((source,), 4)
    for step in range(3):
        x = data.batch(step)
        assert list(x) == ["pile", "pile/labels"]
        red = ((x["pile"][:, 0].mean((1, 2)) + 1) * 127.5).round().int()
        known = x["pile/labels"] != UNKNOWN
        assert torch.equal(red[known], 60 * x["pile/labels"][known].int())
    assert list(data.fixed_batch(2)) == ["pile"]


def test_cross_entropy_is_over_the_known():
    logits, labels = torch.randn(4, 3), torch.tensor([2, -1, 0, -1])
    known = torch.nn.functional.cross_entropy(logits[[0, 2]], labels[[0, 2]])
    torch.testing.assert_close(known_cross_entropy(logits, labels), known)
    assert known_cross_entropy(logits, torch.full((4,), -1)) == 0


def test_the_guide_pays_for_labels_and_the_critic_is_told_them():
    objective, z = build(), noise(build())
    x = batch() | {"fruit/labels": torch.tensor([1, -1, 2, 0])}
    result = objective("clustering", x, z, {})
    logits = objective.model.guide(x["fruit"]).logits
    expected = known_cross_entropy(logits, x["fruit/labels"])
    torch.testing.assert_close(result.terms["labelled"], expected)
    assert "labelled" not in objective("clustering", batch(), z, {}).terms
    pseudo, partner = logits.argmax(1), torch.arange(4)
    domain = torch.tensor([1, pseudo[1], 2, 0])
    real = objective.critic(x["fruit"], domain)
    terms = objective.critic_loss(x["fruit"], partner, x["fruit/labels"]).terms
    torch.testing.assert_close(terms["critic/real"], (1 - real).relu().mean())
