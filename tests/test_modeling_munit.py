import pytest
import torch

import munit_hub
from munit_hub.modeling_munit import MunitModel

TINY = {"base_width": 4, "num_residual_blocks": 1, "mlp_width": 8}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MunitModel(domain_names=["edges", "fruit"], **TINY).eval()


def test_encode_returns_named_parts_that_unpack(model):
    encoding = model.encode(torch.randn(2, 3, 32, 48), "edges")
    content, style = encoding
    assert content is encoding.content and style is encoding.style
    assert content.shape == (2, 16, 8, 12) and style.shape == (2, 8)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_downsamples": 1},
        {"num_downsamples": 3, "num_residual_blocks": 2},
        {"style_dim": 3, "padding": "zero", "activation": "prelu"},
        {"padding": "replicate", "activation": "lrelu"},
        {"channels": [1, 3]},
    ],
)
def test_translation_has_the_target_channels_and_the_source_size(options):
    model = MunitModel(**TINY | options)
    source, target = model.config.channels
    images = torch.randn(2, source, 16, 24)
    assert model(images, "a", "b").shape == (2, target, 16, 24)
    assert model(images, "a", "b").abs().max() <= 1


def test_domains_go_by_name_or_index(model):
    x = torch.randn(1, 3, 16, 16)
    assert torch.equal(model.encode_style(x, "fruit"), model.encode_style(x, 1))
    assert not torch.equal(model.encode_style(x, "fruit"), model.encode_style(x, "edges"))


@pytest.mark.parametrize("domain", ["dog", 2, -1, True, None, 0.0])
def test_an_unknown_domain_is_named_with_the_known_ones(model, domain):
    with pytest.raises(ValueError, match=r"is unknown; this model has edges, fruit\."):
        model.domain_index(domain)


def test_sample_style_repeats_with_a_generator(model):
    a, b = (model.sample_style(5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a, b) and a.shape == (5, 8)
    assert not torch.equal(model.sample_style(5), model.sample_style(5))


def test_forward_is_encode_then_decode(model):
    x, style = torch.randn(2, 3, 16, 16), model.sample_style(2)
    expected = model.decode(model.encode_content(x, "edges"), style, "fruit")
    assert torch.equal(model(x, "edges", "fruit", style), expected)


def test_the_style_changes_the_image(model):
    x = torch.randn(1, 3, 16, 16)
    a, b = (model(x, 0, 1, style[None]) for style in 3 * model.sample_style(2))
    assert (a - b).abs().mean() > 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_save_and_load_keep_the_config_and_the_function(model, tmp_path, dtype):
    model.to(dtype).save_pretrained(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "config.json",
        "diffusion_pytorch_model.safetensors",
    ]
    loaded = MunitModel.from_pretrained(tmp_path, torch_dtype=torch.float32)
    x, style = torch.randn(1, 3, 16, 16), torch.randn(1, 8)
    assert dict(loaded.config)["domain_names"] == ["edges", "fruit"]
    assert torch.equal(model.float()(x, 0, 1, style), loaded(x, 0, 1, style))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"channels": [3]}, "one entry for each domain"),
        ({"domain_names": ["a", "a"]}, "must differ"),
        ({"padding": "mirror"}, "padding='mirror' is unknown; allowed are reflect"),
        ({"activation": "swish"}, "activation='swish' is unknown; allowed are relu"),
    ],
)
def test_a_wrong_config_is_one_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        MunitModel(**TINY | options)


def test_the_package_exports_the_model():
    assert munit_hub.MunitModel is MunitModel
