import pytest
import torch

from munit_hub.layers import (
    ACTIVATIONS,
    NORMS,
    ConvBlock,
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
