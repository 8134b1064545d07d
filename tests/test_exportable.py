import pytest
import torch

from munit_hub import MunitModel
from munit_hub.exportable import exportable
from tests.tiny_models import OPTIONS, tiny_model


def assert_same_function(model):
    traced, smallest = exportable(model), model.min_size
    for height, width in ((smallest, smallest), (smallest, 3 * smallest), (40, 32)):
        images = torch.rand(2, 3, height, width) * 2 - 1
        style = model.sample_style(2)
        options = {"style": style} if model.style_dim else {}
        with torch.no_grad():
            expected = model(images, "edges", "fruit", **options)
            made = traced(images, "edges", "fruit", **options)
        torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
        if model.style_dim and hasattr(model, "encode_style"):
            codes = (m.encode_style(images, "fruit") for m in (traced, model))
            torch.testing.assert_close(*codes, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model_class", OPTIONS)
def test_it_is_the_same_function_in_every_system(model_class):
    assert_same_function(tiny_model(model_class))


@pytest.mark.parametrize("padding", ["zero", "replicate"])
def test_it_is_the_same_function_with_every_padding(padding):
    torch.manual_seed(0)
    names = {"domain_names": ["edges", "fruit"], "padding": padding, "activation": "lrelu"}
    model = MunitModel(base_width=4, num_residual_blocks=1, mlp_width=8, **names)
    assert_same_function(model.eval())


def test_the_model_itself_stays_as_it_was():
    model = tiny_model()
    before = str(model)
    assert str(exportable(model)) != before
    assert str(model) == before
