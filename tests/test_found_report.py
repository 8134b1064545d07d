"""The report on found domains, of a guide whose domains are known: it tells bright from dark."""

import json

import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from munit_hub import CycleGanModel, TunitModel
from training.found_plots import MIN_POINTS, plot_styles
from training.found_report import guide_all, main
from training.found_sheets import contact_sheet
from training.pictures import Source

SIZES = {"channels": [3] * 3, "domain_names": ["0", "1", "2"], "sample_size": 32}
COUNT = 11
PICTURES = ["domain-0", "domain-1", "by-domain", "by-reference", "styles", "confusion"]


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """Dark pictures and bright ones, the last without a label."""
    rows = {
        "image": [Image.new("RGB", (32, 32), (200 * (i % 2),) * 3) for i in range(COUNT)],
        "kind": [*("bright" if i % 2 else "dark" for i in range(COUNT - 1)), ""],
    }
    features = datasets.Features({"image": datasets.Image(), "kind": datasets.Value("string")})
    path = tmp_path_factory.mktemp("data") / "test.parquet"
    datasets.Dataset.from_dict(rows, features).to_parquet(str(path))
    return str(path)


@pytest.fixture(scope="module")
def model():
    """Its first domain has the dark pictures, its second the bright ones, its third none."""
    torch.manual_seed(0)
    model = TunitModel(**SIZES, base_width=2, num_downsamples=1, guide_width=2, style_dim=4)
    pictures = torch.stack([torch.full((3, 32, 32), value) for value in (-1.0, 0.57)])
    seen, head = [], model.eval().guiding.logits
    watch = head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        model.guide(pictures)
        (dark, bright), apart = seen[0], seen[0][1] - seen[0][0]
        head.weight.copy_(torch.stack([0 * apart, apart, 0 * apart]))
        head.bias.copy_(torch.stack([0 * apart, apart, apart]) @ (dark + bright) / -2)
        head.bias[2] = -1e3
    watch.remove()
    return model


def report(model, parquet, tmp_path, *flags):
    model.save_pretrained(tmp_path / "model")
    out = tmp_path / "report"
    main(
        [
            str(tmp_path / "model"),
            f"--source.path={parquet}",
            f"--output={out}",
            f"--cache_dir={tmp_path / 'cache'}",
            *flags,
        ]
    )
    return json.loads((out / "report.json").read_text()), (out / "report.md").read_text(), out


def test_a_report_with_labels(model, parquet, tmp_path, caplog):
    found, text, out = report(model, parquet, tmp_path, "--source.label_column=kind", "--seed=3")
    assert found["n"] == COUNT and found["seed"] == 3
    assert found["domains"] == found["training_domains"] == {"0": 6, "1": 5, "2": 0}
    assert found["labels"]["n"] == COUNT - 1 and found["labels"]["hungarian_accuracy"] == 1
    assert found["labels"]["matching"] == {"0": "dark", "1": "bright"}
    assert found["labels"]["confusion"] == [[0, 5, 0], [5, 0, 0]]
    assert found["warnings"][0].endswith("these are empty: 2.") and found["warnings"][0] in text
    assert found["warnings"][0] in caplog.text
    pictures = {path.name for path in out.glob("*.png")}
    assert pictures == {f"{name}.png" for name in PICTURES}
    assert all(f"]({name})" in text for name in pictures)
    with Image.open(out / "by-domain.png") as grid:  # the image and two domains, 8 rows
        assert grid.size == (3 * 34 - 2, 8 * 34 - 2)
    with Image.open(out / "by-reference.png") as grid:
        assert grid.size == (9 * 34 - 2, 9 * 34 - 2)


def test_without_labels_there_is_no_comparison(model, parquet, tmp_path):
    found, text, out = report(model, parquet, tmp_path, "--source.split=train[:3]")
    assert "labels" not in found and not (out / "confusion.png").exists()
    assert found["styles_on_map"] == 0 and "t-SNE" not in text  # too few


def test_what_cannot_be_reported_is_one_sentence(model, parquet, tmp_path):
    with pytest.raises(ValueError, match="channels must be 3, as the model's, not 1"):
        report(model, parquet, tmp_path, "--source.channels=1")
    other = CycleGanModel(base_width=2, num_residual_blocks=1)
    with pytest.raises(ValueError, match="is a CycleGanModel, which finds no domains"):
        report(other, parquet, tmp_path)


def test_a_contact_sheet_is_in_the_given_order():
    pictures = np.stack([np.full((4, 4, 3), i, np.uint8) for i in range(10)])
    sheet = contact_sheet(Source("pile", pictures), np.arange(10)[::-1])
    assert sheet.size == (8 * 6 - 2, 2 * 6 - 2)
    assert [sheet.getpixel((6 * i, 0))[0] for i in range(8)] == list(range(9, 1, -1))
    assert sheet.getpixel((12, 6)) == (255, 255, 255)  # after the last


def test_the_map_is_drawn_again_alike(tmp_path):
    styles = np.random.default_rng(0).normal(size=(MIN_POINTS, 3)).astype(np.float32)
    domains, paths = np.arange(MIN_POINTS) % 2, [tmp_path / name for name in ("a.png", "b.png")]
    for path in paths:
        assert plot_styles(styles, domains, ["x", "y", "z"], 0, path) == MIN_POINTS
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_every_picture_is_guided(model):
    pictures = np.zeros((70, 32, 32, 3), np.uint8)
    guided = guide_all(model, Source("pile", pictures))
    assert guided.styles.shape == (70, 4) and guided.domains.tolist() == [0] * 70
