import json
from pathlib import Path

import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from munit_hub import CycleGanModel, TunitModel
from tests.needs import need
from tests.tiny_models import tiny_model
from training.labels import UNKNOWN, Labels
from training.measuring import classes
from training.measuring.classes import main
from training.measuring.guided import draw_pairs, measure
from training.metrics.features import FeatureExtractor
from training.pictures import Source

WEIGHTS = Path(__file__).parents[2] / "shared" / "weights" / "lpips_alex"
NAMES = ["bright", "dark"]
LABELS = Labels(np.array([0] * 9 + [1] * 6 + [UNKNOWN]), NAMES)


class Copier:
    """A translation that is the reference, as if the model knew its class by heart."""

    device = torch.device("cpu")

    def translate(self, images, reference):
        assert images.shape == reference.shape
        return reference


@pytest.fixture(scope="module")
def pictures():
    generator = np.random.default_rng(0)
    level = np.array([200] * 9 + [40] * 7)[:, None, None, None]
    return (level + generator.integers(-40, 40, (16, 32, 32, 3))).astype(np.uint8)


def test_every_image_of_a_class_is_a_reference_once_for_images_of_other_classes():
    drawn = draw_pairs(LABELS, np.random.default_rng(0))
    assert sorted(drawn["bright"].references) == list(range(9))
    assert set(drawn["bright"].sources) == set(range(9, 15))  # all six of them, three twice
    assert sorted(drawn["dark"].references) == list(range(9, 15))
    assert len(set(drawn["dark"].sources)) == 6 and max(drawn["dark"].sources) < 9


def test_a_model_that_gives_the_references_back_is_at_the_floor(pictures):
    source = Source("pictures", pictures, labels=LABELS)
    corners = FeatureExtractor("corners", "1", "", lambda x: x[:, :, :2, :2].flatten(1))
    found = measure(Copier(), source, corners, draws=3, seed=0)
    assert found["n"] == {"bright": 9, "dark": 6} and found["n_half"] == {"bright": 4, "dark": 3}
    assert found["translations"]["mean_over_classes"] == pytest.approx(0, abs=1e-6)
    assert found["translations_half"] == found["real_half"]
    floor = found["real_half"]
    assert floor["mean_over_classes"] == pytest.approx(np.mean(list(floor["classes"].values())))
    low, high = floor["interval_95"]
    assert 0 < low < floor["mean_over_classes"] < high and len(set(floor["draws"])) == 3


def test_the_command_measures_a_model(pictures, tmp_path):
    need(WEIGHTS.is_dir(), "../shared/weights")
    rows = {
        "image": [Image.fromarray(picture) for picture in pictures],
        "label": [NAMES[i] if i >= 0 else "" for i in LABELS.indices],
    }
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("string")})
    datasets.Dataset.from_dict(rows, features).to_parquet(str(tmp_path / "test.parquet"))
    model = tiny_model(TunitModel)
    model.register_to_config(sample_size=32)
    model.save_pretrained(tmp_path / "model")
    flags = [f"--source.path={tmp_path / 'test.parquet'}", "--source.label_column=label"]
    flags += [f"--weights={WEIGHTS}", f"--cache_dir={tmp_path / 'cache'}", "--draws=2", "--seed=4"]
    main([str(tmp_path / "model"), *flags, f"--output={tmp_path / 'report.json'}"])
    found = json.loads((tmp_path / "report.json").read_text())
    assert found["n"] == {"bright": 9, "dark": 6} and found["seed"] == 4
    assert found["translations"]["mean_over_classes"] > found["real_half"]["mean_over_classes"]
    assert "128 pixels, bilinear" in found["features"] and found["versions"]["torch"]


def test_other_models_are_refused(tmp_path):
    tiny_model(CycleGanModel).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="is a CycleGanModel, not guided by references"):
        main([str(tmp_path), "--source.path=x", "--weights=x"])


def test_grey_pictures_are_refused_before_they_are_read(tmp_path):
    tiny_model(TunitModel).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="source 'x': channels must be 3, as the model's, not 1"):
        main([str(tmp_path), "--source.path=x", "--source.channels=1", "--weights=x"])


def test_the_network_is_where_the_model_is(pictures, tmp_path, monkeypatch):
    def features(weights, device):
        raise ValueError(f"a network on {device}")

    (tmp_path / "pictures").mkdir()
    Image.fromarray(pictures[0]).save(tmp_path / "pictures" / "0.png")
    tiny_model(TunitModel).save_pretrained(tmp_path / "model")
    monkeypatch.setattr(classes, "alexnet_features", features)
    flags = [f"--source.path={tmp_path / 'pictures'}", f"--cache_dir={tmp_path / 'cache'}"]
    with pytest.raises(ValueError, match="a network on cpu"):
        main([str(tmp_path / "model"), *flags, "--weights=x"])


def test_pictures_without_labels_are_refused(pictures):
    source = Source("pictures", pictures)
    with pytest.raises(ValueError, match="give source.label_column"):
        measure(Copier(), source, None, draws=1, seed=0)
