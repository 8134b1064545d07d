import copy

import pytest
import torch
from torch import nn

from munit_hub.layers import (
    ACTIVATIONS,
    NORMS,
    ConvBlock,
    LayerNorm,
    SpectralConv2d,
    adain,
)


def textbook_layer_norm(x, gamma, beta, eps):
    std, mean = torch.std_mean(x, dim=(1, 2, 3), keepdim=True)
    return (x - mean) / (std + eps) * gamma.view(1, -1, 1, 1) + beta.view(1, -1, 1, 1)


@pytest.mark.parametrize("spread", [1.0, 0.05])
def test_layer_norm_is_the_textbook_one_with_its_gradients(spread):
    torch.manual_seed(0)
    layer = LayerNorm(6).double()
    nn.init.normal_(layer.beta)
    x = (spread * torch.randn(3, 6, 5, 7, dtype=torch.double) + 0.3).requires_grad_()
    weight = torch.randn(3, 6, 5, 7, dtype=torch.double)
    expected = textbook_layer_norm(x, layer.gamma, layer.beta, layer.eps)
    inputs = (x, layer.gamma, layer.beta)
    torch.testing.assert_close(layer(x), expected, rtol=1e-6, atol=1e-6)
    ours = torch.autograd.grad((layer(x) * weight).sum(), inputs)
    theirs = torch.autograd.grad((expected * weight).sum(), inputs)
    for a, b in zip(ours, theirs, strict=True):  # the eps's own gradient is left out: eps / std
        assert (a - b).abs().max() <= 2 * layer.eps / spread * b.abs().max()


def test_layer_norm_of_a_constant_image_is_finite_with_its_gradients():
    x = torch.full((2, 4, 3, 3), 0.7, requires_grad=True)
    y = LayerNorm(4)(x)
    y.square().sum().backward()
    assert y.isfinite().all() and x.grad.isfinite().all()
    torch.testing.assert_close(y, torch.zeros_like(y), atol=0.05, rtol=0)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_adain_sets_mean_and_deviation_of_every_plane(memory_format):
    torch.manual_seed(0)
    x = (5 + 3 * torch.randn(2, 4, 16, 16)).contiguous(memory_format=memory_format)
    gamma, beta = torch.rand(2, 4) + 0.5, torch.randn(2, 4)
    y = adain(x, gamma, beta)
    torch.testing.assert_close(y.mean((2, 3)), beta, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(y.std((2, 3), correction=0), gamma, atol=1e-4, rtol=1e-4)


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


LAYOUTS = [torch.contiguous_format, torch.channels_last]


def laid_out(tensor, layout):
    """The tensor in a layout; with one sample, with the strides that a view leaves there."""
    tensor = tensor.contiguous(memory_format=layout)
    if len(tensor) > 1:
        return tensor
    return tensor.as_strided(tensor.shape, (tensor.stride(1), *tensor.stride()[1:]))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("gradient_layout", LAYOUTS)
@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("name", ["none", "instance", "layer", "batch", "spectral"])
def test_gradients_are_the_same_for_any_batch_and_layout(name, batch, layout, gradient_layout):
    torch.manual_seed(0)
    block = ConvBlock(8, 6, 3, 1, 1, "reflect", name, "none")
    x, gradient = torch.randn(batch, 8, 12, 10), torch.randn(batch, 6, 12, 10)

    def backward(block, x, gradient):
        block = copy.deepcopy(block)
        block(x.requires_grad_()).backward(gradient)
        return [x.grad] + [p.grad for n, p in block.named_parameters() if n != "conv.bias"]

    exact = backward(block.double(), x.double(), gradient.double())
    block = block.float().to(memory_format=layout)
    ours = backward(block, laid_out(x, layout), laid_out(gradient, gradient_layout))
    for mine, wanted in zip(ours, exact, strict=True):
        assert (mine - wanted).abs().max() < 1e-5 * wanted.abs().max()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("gradient_layout", LAYOUTS)
@pytest.mark.parametrize("batch", [1, 3])
def test_adain_has_the_gradients_of_its_equation(batch, layout, gradient_layout):
    torch.manual_seed(0)
    x, gradient = torch.randn(2, batch, 8, 12, 10, dtype=torch.float64)
    affine = torch.randn(2, batch, 8, dtype=torch.float64)
    x.requires_grad_()
    variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
    gamma, beta = affine[..., None, None]
    (gamma * (x - mean) / (variance + 1e-5).sqrt() + beta).backward(gradient)
    laid = laid_out(x.detach().float(), layout).requires_grad_()
    adain(laid, *affine.float()).backward(laid_out(gradient.float(), gradient_layout))
    assert (laid.grad - x.grad).abs().max() < 1e-5 * x.grad.abs().max()
