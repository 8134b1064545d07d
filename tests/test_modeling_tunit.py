import logging

import pytest
import torch
from PIL import Image

from munit_hub import TranslationPipeline, TunitModel

TINY = {"base_width": 4, "num_residual_blocks": 1, "num_downsamples": 1, "guide_width": 2}
NAMES = ["red", "green", "blue"]


@pytest.fixture
def model():
    torch.manual_seed(0)
    names = {"channels": [3] * 3, "domain_names": NAMES}
    return TunitModel(**TINY, **names, style_dim=6, mlp_width=8).eval()


@pytest.fixture
def measured(model):
    """The model with about half of eight images in domain 0, the others in 2, none in 1."""
    x = torch.rand(8, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        model.guiding.logits.weight.zero_()
        model.guiding.style.weight.mul_(100)
        direction = model.guide(x).style[:, 0]
        model.guiding.logits.weight[2] = model.guiding.style.weight[0]
        bias = model.guiding.style.bias[0] - direction.median() - 1e-4
        model.guiding.logits.bias.copy_(torch.stack([bias * 0, bias * 0 - 1, bias]))
    model.measure_domains([x[:3], x[3:]])
    return model, x


def test_the_published_architecture():
    with torch.device("meta"):
        model = TunitModel()
    assert model.targets == [str(k) for k in range(10)]
    x = torch.empty(2, 3, 128, 128, device="meta")
    style, logits = model.guide(x)
    assert style.shape == (2, 128) and logits.shape == (2, 10)
    assert model.encode_content(x).shape == (2, 512, 16, 16)
    assert model.translate(x, reference=x[:1]).shape == x.shape


@pytest.mark.parametrize("size", [(32, 32), (64, 32), (34, 50), (256, 256)])
def test_any_size_that_the_downsampling_divides(model, size):
    x = torch.rand(1, 3, *size)
    with torch.no_grad():
        assert model.reconstruct(x).shape == x.shape


def test_measuring_gives_means_and_sizes(measured):
    model, x = measured
    style, logits = model.guide(x)
    domain = logits.argmax(1)
    assert model.config.domain_sizes == domain.bincount(minlength=3).tolist()
    assert model.config.domain_sizes[1] == 0 and min(model.config.domain_sizes[::2]) > 0
    for index in (0, 2):
        torch.testing.assert_close(model.domain_style(index), style[domain == index].mean(0))


def test_measuring_leaves_training_mode_as_it_was(model):
    model.train()
    model.measure_domains([torch.rand(2, 3, 32, 32)])
    assert model.training and model.guiding.trunk[0].norm.num_batches_tracked == 0


def test_domains_are_saved_with_the_model(measured, tmp_path):
    model, x = measured
    model.save_pretrained(tmp_path)
    loaded = TunitModel.from_pretrained(tmp_path)
    assert loaded.config.domain_sizes == model.config.domain_sizes
    assert torch.equal(loaded.translate(x, domain="blue"), model.translate(x, domain=2))


def test_the_three_ways_to_translate(measured):
    model, x = measured
    style = model.encode_style(x[1:2])
    by_reference = model.translate(x[:2], reference=x[1:2])
    assert torch.equal(by_reference, model.translate(x[:2], style=style))
    torch.testing.assert_close(by_reference[1], model.reconstruct(x[:2])[1])
    by_domain = model.translate(x[:2], domain="red")
    assert torch.equal(by_domain, model(x[:2], "red", "red"))
    assert not torch.equal(by_domain, by_reference)


@pytest.mark.parametrize("ways", [{}, {"domain": 0, "style": torch.zeros(1, 6)}])
def test_one_way_is_needed(measured, ways):
    with pytest.raises(ValueError, match="Give one of style, reference and domain"):
        measured[0].translate(measured[1], **ways)


def test_a_domain_without_images_is_one_sentence(measured):
    with pytest.raises(ValueError, match=r"Domain green is empty; those with images: red, blue\."):
        measured[0].translate(measured[1], domain="green")
    sampled = measured[0].sample_style(20, torch.Generator().manual_seed(0))
    assert sampled.unique(dim=0).shape[0] == 2


def test_an_unmeasured_model_asks_for_images_or_a_reference(model):
    with pytest.raises(ValueError, match="measure_domains with the training images, or give a ref"):
        TranslationPipeline(model)(Image.new("RGB", (32, 32)), target="red")


def test_channels_are_equal():
    with pytest.raises(ValueError, match=r"channels must be equal in a TunitModel, not \[3, 1\]"):
        TunitModel(channels=[3, 1], domain_names=["a", "b"])


def test_the_pipeline_needs_a_target_or_a_reference_and_no_source(measured):
    pipe, picture = TranslationPipeline(measured[0]), Image.new("RGB", (40, 36), "orange")
    other = Image.new("RGB", (50, 50), "navy")
    by_target = pipe(picture, target="blue")
    assert by_target.images[0][0].size == (40, 36)
    assert torch.equal(by_target.styles[0], measured[0].domain_style("blue"))
    by_reference = [pipe(picture, reference=other, target=t) for t in (None, "red", 2)]
    assert len({out.images[0][0].tobytes() for out in by_reference}) == 1
    styled = pipe(picture, styles=by_target.styles)
    assert styled.images[0][0].tobytes() == by_target.images[0][0].tobytes()
    with pytest.raises(ValueError, match="target must be one of the model's domains: red, green"):
        pipe(picture)


def test_several_drawn_styles_are_equal_and_that_is_said(measured, caplog):
    with caplog.at_level(logging.WARNING):
        out = TranslationPipeline(measured[0])(Image.new("RGB", (32, 32)), "red", num_styles=2)
    assert torch.equal(out.styles[0], out.styles[1])
    assert "has one style for each domain, its mean" in caplog.text
