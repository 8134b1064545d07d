"""The pipeline over exported files, beside the pipeline over the model."""

import json

import numpy as np
import pytest
from PIL import Image

from munit_hub import BicycleGanModel, CycleGanModel, MunitModel, TranslationPipeline, TunitModel
from munit_hub.export import export_model
from tests.tiny_models import tiny_model

MODELS = [
    TunitModel,
    pytest.param(BicycleGanModel, marks=pytest.mark.slow),
    pytest.param(CycleGanModel, marks=pytest.mark.slow),
    pytest.param(MunitModel, marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=MODELS)
def pipelines(request, tmp_path_factory):
    """That of the model, and that of its export."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason="needs the extra `export`")
    model, folder = tiny_model(request.param), tmp_path_factory.mktemp("export") / "onnx"
    export_model(model, "onnx", folder)
    return TranslationPipeline(model), TranslationPipeline.from_pretrained(folder, runtime="onnx")


@pytest.fixture
def picture():
    pixels = np.random.default_rng(0).integers(0, 256, (75, 66, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def assert_alike(ours, theirs):
    for expected, made in zip(ours.images[0], theirs.images[0], strict=True):
        assert made.size == expected.size
        difference = np.asarray(made, dtype=int) - np.asarray(expected, dtype=int)
        assert abs(difference).max() <= 1  # of 255: the 1e-4 of the export's own check, rounded
    np.testing.assert_allclose(theirs.styles, ours.styles, atol=1e-4)


def test_drawn_styles_give_the_same_pictures(pipelines, picture):
    ours, theirs = pipelines
    asked = {"target": ours.model.targets[-1], "num_styles": 3, "seed": 7}
    assert_alike(ours(picture, **asked), theirs(picture, **asked))


def test_a_reference_gives_the_same_pictures(pipelines, picture):
    ours, theirs = pipelines
    asked = {"target": ours.model.targets[-1], "reference": picture.rotate(180)}
    assert_alike(ours(picture, **asked), theirs(picture, **asked))


def test_what_the_export_cannot_do_is_said(pipelines, picture):
    ours, theirs = pipelines
    names = ours.model.config.domain_names
    with pytest.raises(ValueError, match="Domain 'cats' is unknown"):
        theirs(picture, target="cats")
    with pytest.raises(ValueError, match="runs on the CPU, not on cuda"):
        theirs.to("cuda")
    if isinstance(ours.model, BicycleGanModel):
        with pytest.raises(ValueError, match=f"translates {names[0]} to {names[1]} only"):
            theirs(picture, target=names[0])
        with pytest.raises(ValueError, match=f"knows styles of {names[1]} only"):
            theirs.encode_style(picture, names[0])


def test_a_folder_that_is_no_onnx_export_is_refused(tmp_path):
    pytest.importorskip("onnxruntime", reason="needs the extra `export`")
    with pytest.raises(ValueError, match=r"holds no export.json; .* `munit-hub export MODEL"):
        TranslationPipeline.from_pretrained(tmp_path, runtime="onnx")
    (tmp_path / "export.json").write_text(json.dumps({"format": "torch-export"}))
    with pytest.raises(ValueError, match="of format 'torch-export', not 'onnx'"):
        TranslationPipeline.from_pretrained(tmp_path, runtime="onnx")


def test_a_runtime_or_precision_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(ValueError, match="runtime='jax' is unknown; allowed are torch, onnx"):
        TranslationPipeline.from_pretrained(tmp_path, runtime="jax")
    with pytest.raises(ValueError, match="fp32, not bf16"):
        TranslationPipeline.from_pretrained(tmp_path, "bf16", runtime="onnx")


def test_a_broken_manifest_is_one_sentence(tmp_path):
    pytest.importorskip("onnxruntime", reason="needs the extra `export`")
    for text, said in (
        ("{", "is not what `munit-hub export` writes"),
        ("[]", "is not what `munit-hub export` writes"),
        ('{"format": "onnx"}', "has no channels, which"),
    ):
        (tmp_path / "export.json").write_text(text)
        with pytest.raises(ValueError, match=said):
            TranslationPipeline.from_pretrained(tmp_path, runtime="onnx")


def test_a_domain_without_images_has_no_mean_style(tmp_path):
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason="needs the extra `export`")
    model = tiny_model(TunitModel)
    names = model.config.domain_names
    model.register_to_config(domain_sizes=[0] + [2] * (len(names) - 1))
    export_model(model, "onnx", tmp_path / "onnx")
    theirs = TranslationPipeline.from_pretrained(tmp_path / "onnx", runtime="onnx").model
    with pytest.raises(ValueError, match=f"does not know the mean style of {names[0]}"):
        theirs.draw_style(names[0])
    np.testing.assert_array_equal(theirs.draw_style(1), model.draw_style(1))
