"""Exported files, opened as somebody would who has nothing of this package."""

import json

import pytest
import torch

from munit_hub import BicycleGanModel, CycleGanModel, MunitModel, TunitModel, UnitModel
from munit_hub.cli import main
from munit_hub.export import export_model
from munit_hub.programs import slugs
from tests.tiny_models import tiny_model

MODELS = [
    CycleGanModel,
    TunitModel,
    pytest.param(BicycleGanModel, marks=pytest.mark.slow),
    pytest.param(MunitModel, marks=pytest.mark.slow),
    pytest.param(UnitModel, marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=MODELS)
def onnx_export(request, tmp_path_factory):
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason="needs the extra `export`")
    model, folder = tiny_model(request.param), tmp_path_factory.mktemp("export") / "onnx"
    export_model(model, "onnx", folder)
    return model, folder, json.loads((folder / "export.json").read_text())


def onnx_program(folder, facts):
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / facts["file"])
    names = [port["name"] for port in facts["inputs"]]
    assert [port.name for port in session.get_inputs()] == names

    def run(*inputs):
        feeds = {name: x.numpy() for name, x in zip(names, inputs, strict=True)}
        return torch.from_numpy(session.run([facts["output"]["name"]], feeds)[0])

    return run


def torch_program(folder, facts):
    return torch.export.load(folder / facts["file"]).module()


def translated(program, folder, manifest, translation, image, style):
    """An image through the programs of a translation, as docs/export.md says."""
    x = image
    for name in translation["programs"]:
        facts = manifest["programs"][name]
        takes_style = [port["name"] for port in facts["inputs"]][1:] == ["style"]
        run = program(folder, facts)
        x = run(x, style) if takes_style else run(x)
    return x


def assert_translates_as_the_model(model, program, folder, manifest, batch=2):
    for translation in manifest["translations"]:
        domains = [translation["source"] or "edges", translation["target"] or "fruit"]
        image, style = torch.rand(batch, 3, 72, 64) * 2 - 1, torch.randn(batch, model.style_dim)
        options = {"style": style} if model.style_dim else {}
        with torch.no_grad():
            expected = model(image, *domains, **options)
        made = translated(program, folder, manifest, translation, image, style)
        torch.testing.assert_close(made, expected, atol=1e-4, rtol=0)


def test_onnx_files_translate_as_the_model(onnx_export):
    model, folder, manifest = onnx_export
    assert_translates_as_the_model(model, onnx_program, folder, manifest, batch=1)
    assert_translates_as_the_model(model, onnx_program, folder, manifest, batch=5)


def test_onnx_finds_the_style_of_an_image(onnx_export):
    model, folder, manifest = onnx_export
    names = [name for name in manifest["programs"] if name.startswith("encode_style")]
    assert len(names) == {MunitModel: 2, BicycleGanModel: 1, TunitModel: 1}.get(type(model), 0)
    image = torch.rand(3, 3, 64, 72) * 2 - 1
    for name in names:
        made = onnx_program(folder, manifest["programs"][name])(image)
        domain = "edges" if name.endswith("edges") else "fruit"
        with torch.no_grad():
            expected = model.encode_style(image, domain)
        torch.testing.assert_close(made, expected, atol=1e-4, rtol=0)


def test_onnx_decodes_one_content_in_many_styles(onnx_export):
    model, folder, manifest = onnx_export
    decoders = [n for n in manifest["programs"] if n.startswith("decode")]
    if not model.style_dim or not decoders:
        pytest.skip("has no content that styles share")
    decode = onnx_program(folder, manifest["programs"][decoders[0]])
    channels = manifest["programs"][decoders[0]]["inputs"][0]["shape"][1]
    content, styles = torch.randn(1, channels, 16, 20), torch.randn(4, model.style_dim)
    alone = torch.cat([decode(content, style[None]) for style in styles])
    torch.testing.assert_close(decode(content, styles), alone, atol=1e-5, rtol=0)


def test_the_manifest_says_what_the_files_say(onnx_export):
    onnx = pytest.importorskip("onnx")
    model, folder, manifest = onnx_export
    files = {facts["file"] for facts in manifest["programs"].values()}
    assert {path.name for path in folder.iterdir()} == {*files, "export.json"}
    assert manifest["domains"] == ["edges", "fruit"] and manifest["image_range"] == [-1, 1]
    assert manifest["model"] == type(model).__name__ and manifest["versions"]["torch"]
    for facts in manifest["programs"].values():
        assert facts["largest_difference"] <= manifest["tolerance"] == 1e-4
        graph = onnx.load(folder / facts["file"]).graph
        for port, value in zip(
            [*facts["inputs"], facts["output"]], [*graph.input, *graph.output], strict=True
        ):
            dims = value.type.tensor_type.shape.dim
            assert port["name"] == value.name
            assert port["shape"] == [d.dim_param or d.dim_value for d in dims]


@pytest.mark.parametrize(
    "model_class", [TunitModel, pytest.param(MunitModel, marks=pytest.mark.slow)]
)
def test_a_torch_export_translates_as_the_model(tmp_path, model_class):
    model = tiny_model(model_class)
    manifest = export_model(model, "torch-export", tmp_path / "pt2")
    assert_translates_as_the_model(model, torch_program, tmp_path / "pt2", manifest, batch=1)
    assert_translates_as_the_model(model, torch_program, tmp_path / "pt2", manifest, batch=3)
    size = sum(path.stat().st_size for path in (tmp_path / "pt2").glob("*.pt2"))
    weights = 4 * sum(parameter.numel() for parameter in model.parameters())
    assert size < 2 * weights + 6 * 200_000  # each file has its own part of the model alone
    if model_class is TunitModel:
        styles = zip(model.domain_styles.tolist(), model.config.domain_sizes, strict=True)
        assert manifest["domain_styles"] == [style if size else None for style, size in styles]
        assert manifest["translations"][0]["source"] is None


def test_files_that_differ_from_the_model_are_not_written(tmp_path, monkeypatch):
    other = tiny_model(CycleGanModel, seed=1)
    monkeypatch.setattr("munit_hub.export.exportable", lambda model: other)
    with pytest.raises(ValueError, match="translate-.*pt2 differs from the model by .* nothing w"):
        export_model(tiny_model(CycleGanModel), "torch-export", tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def cyclegan(tmp_path):
    folder = tmp_path / "model"
    CycleGanModel(base_width=2, num_residual_blocks=1, target_names=["b"]).save_pretrained(folder)
    return folder


def run(capsys, *args):
    code = main(["export", *map(str, args)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_overwrites_nothing_unasked(cyclegan, tmp_path, capsys):
    folder = tmp_path / "out"
    line = (cyclegan, "--format", "torch-export", "-o", folder)
    code, out, err = run(capsys, *line)
    assert code == 0 and not err
    assert "CycleGanModel of a and b" in out
    assert "translate-a-to-b.pt2: image -> translated, within" in out
    code, _, err = run(capsys, *line)
    assert (code, err) == (
        2,
        f"Error: {folder} is not empty; --overwrite writes there all the same.\n",
    )
    (folder / "notes.txt").write_text("mine")
    former = json.loads((folder / "export.json").read_text())
    former["programs"]["translate-a-to-b"]["file"] = "of-another-model.pt2"
    (folder / "export.json").write_text(json.dumps(former))
    (folder / "of-another-model.pt2").write_text("")
    code, out, _ = run(capsys, *line, "--overwrite", "--json")
    assert code == 0 and json.loads(out) == json.loads((folder / "export.json").read_text())
    names = {"export.json", "notes.txt", "translate-a-to-b.pt2"}
    assert {path.name for path in folder.iterdir()} == names


def test_what_the_command_cannot_do_is_a_sentence(cyclegan, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    code, _, err = run(capsys, cyclegan, "--format", "tflite", "-o", out)
    assert code == 2 and "--format tflite is unknown; allowed are onnx and torch-export." in err
    monkeypatch.setattr("munit_hub.program_files.find_spec", lambda name: None)
    code, _, err = run(capsys, cyclegan, "--format", "onnx", "-o", out)
    assert code == 1 and err == (
        "Error: Exporting to onnx needs onnx, onnxscript, onnxruntime: "
        "pip install 'munit_hub[export]'.\n"
    )
    assert not out.exists()


def test_domains_name_files_where_they_can():
    assert slugs(["cat", "big dog"]) == ["cat", "big_dog"]
    assert slugs(["cat", "Cat"]) == ["0", "1"] == slugs(["../x", "..x"]) == slugs(["猫", "犬"])
