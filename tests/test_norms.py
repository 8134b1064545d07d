import copy
from unittest import mock

import pytest
import torch
from torch import nn

from munit_hub import norms
from munit_hub.layers import ConvBlock
from munit_hub.norms import FilterResponseNorm, LayerNorm, adain, normalise_planes


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


@pytest.mark.parametrize("size", [(1, 2), (6, 5), (200, 90)])  # of the last a sample is large
@pytest.mark.parametrize("batch", [3, 4])
def test_planes_of_half_precision_keep_their_layout_and_come_near(batch, size):
    torch.manual_seed(0)
    x = (torch.randn(batch, 8, *size) + 1).bfloat16().contiguous(memory_format=torch.channels_last)
    gradient = torch.randn_like(x)
    gamma, beta = torch.randn(2, batch * 8)
    inputs = [tensor.requires_grad_() for tensor in (x, gamma, beta)]
    exact = [tensor.detach().double().requires_grad_() for tensor in inputs]
    with mock.patch("munit_hub.norms._by_planes", wraps=norms._by_planes) as by_planes:
        y = normalise_planes(*inputs)
    assert by_planes.called == (batch == 4 and size != (200, 90))
    wanted = normalise_planes(exact[0].contiguous(), *exact[1:])
    ours = [y, *torch.autograd.grad(y, inputs, gradient)]
    theirs = [wanted, *torch.autograd.grad(wanted, exact, gradient.double())]
    for mine, right in zip(ours, theirs, strict=True):
        assert (mine - right).abs().max() < 0.02 * right.abs().max()
    for tensor in ours[:2]:
        assert tensor.is_contiguous(memory_format=torch.channels_last)


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


def test_filter_response_norm_is_its_equation():
    norm, x = FilterResponseNorm(3), torch.randn(2, 3, 4, 5)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.normal_()
    root = (x.square().mean((2, 3), keepdim=True) + 1e-6).sqrt()
    expected = torch.maximum(norm.gamma * x / root + norm.beta, norm.tau)
    torch.testing.assert_close(norm(x), expected)


def test_both_derivatives_of_filter_response_norm_are_right_and_finite_for_an_empty_plane():
    torch.manual_seed(0)
    norm, x = FilterResponseNorm(2).double(), torch.randn(2, 2, 3, 4, dtype=torch.double)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.normal_()
    torch.autograd.gradgradcheck(norm, x.requires_grad_())
    x = torch.zeros(1, 2, 3, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(norm.float()(x).square().sum(), x, create_graph=True)
    gradient.square().sum().backward()
    assert x.grad.isfinite().all() and gradient.isfinite().all()
