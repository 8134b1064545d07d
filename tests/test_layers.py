import pytest
import torch

from munit_hub.layers import (
    ACTIVATIONS,
    NORMS,
    ConvBlock,
    ImageConv2d,
    SpectralConv2d,
)


def test_spectral_convolution_has_largest_singular_value_one():
    torch.manual_seed(0)
    conv = SpectralConv2d(3, 8, 3)
    x = torch.randn(1, 3, 6, 6)
    for _ in range(50):
        y = conv(x)
    sigma = torch.linalg.matrix_norm(conv.weight.flatten(1), ord=2)
    expected = torch.nn.functional.conv2d(x, conv.weight / sigma, conv.bias)
    torch.testing.assert_close(y, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("padding", ["reflect", "replicate", "zero"])
def test_conv_block_halves_the_image_and_trains(norm, activation, padding):
    block = ConvBlock(3, 4, 4, 2, 1, padding, norm, activation)
    y = block(torch.randn(2, 3, 8, 12))
    assert y.shape == (2, 4, 4, 6)
    y.square().mean().backward()
    assert block.conv.weight.grad.isfinite().all()


@pytest.mark.parametrize(
    "argument, given",
    [
        ("padding", {"padding_mode": "mirror"}),
        ("norm", {"norm": "l2"}),
        ("activation", {"activation": "gelu"}),
    ],
)
def test_unknown_choices_are_named_with_the_allowed_ones(argument, given):
    with pytest.raises(ValueError, match=f"{argument}=.*allowed are"):
        ConvBlock(3, 4, 3, **given)


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("out_channels", [1, 3])
def test_a_convolution_to_an_image_is_the_plain_one_with_its_gradients(out_channels, padding):
    x = torch.randn(2, 6, 9, 12, dtype=torch.float64, requires_grad=True)
    conv = ImageConv2d(6, out_channels, 7, 1, padding).double()
    plain = torch.nn.Conv2d.forward
    results = []
    for forward in (plain, ImageConv2d.forward):
        y = forward(conv, x)
        results.append([y, *torch.autograd.grad(y.square().sum(), [x, *conv.parameters()])])
    torch.testing.assert_close(*results)


def test_what_ends_a_generator_is_that_convolution():
    from munit_hub.modeling_cyclegan import CycleGanModel
    from munit_hub.modeling_munit import MunitModel

    for model in (MunitModel(base_width=4, mlp_width=8), CycleGanModel(base_width=4)):
        kinds = [type(m) for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
        assert kinds.count(ImageConv2d) == 2
