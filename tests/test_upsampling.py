import pytest
import torch

from munit_hub.upsampling import UpsampleBlock, upsample_conv, upsample_conv_textbook

SIZES = [(2, 2), (2, 5), (3, 4), (7, 8), (16, 9)]


@pytest.mark.parametrize("padding", ["reflect", "replicate", "zero"])
@pytest.mark.parametrize("size", SIZES)
def test_four_small_convolutions_are_the_textbook_one(padding, size):
    torch.manual_seed(0)
    x = torch.randn(2, 3, *size, dtype=torch.double, requires_grad=True)
    weight = torch.randn(4, 3, 5, 5, dtype=torch.double, requires_grad=True)
    bias = torch.randn(4, dtype=torch.double, requires_grad=True)
    ours = upsample_conv(x, weight, bias, padding)
    theirs = upsample_conv_textbook(x, weight, bias, padding)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn_like(theirs)
    inputs = (x, weight, bias)
    for a, b in zip(
        torch.autograd.grad(ours, inputs, upstream),
        torch.autograd.grad(theirs, inputs, upstream),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("padding", ["reflect", "zero"])
@pytest.mark.parametrize("follow", [torch.sum, lambda y: torch.relu_(y).square().sum()])
def test_what_follows_may_write_in_place_or_have_a_gradient_of_one_number(padding, follow):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 6, dtype=torch.double).contiguous(memory_format=torch.channels_last)
    inputs = (x, torch.randn(4, 3, 5, 5).double(), torch.randn(4).double())
    ours, theirs = (
        torch.autograd.functional.jacobian(
            lambda *given, f=f: follow(f(*(tensor.clone() for tensor in given), padding)), inputs
        )
        for f in (upsample_conv, upsample_conv_textbook)
    )
    for mine, wanted in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, wanted)


def test_result_and_gradient_are_channels_last():
    x = torch.randn(2, 8, 4, 6).contiguous(memory_format=torch.channels_last).requires_grad_()
    y = upsample_conv(x, torch.randn(4, 8, 5, 5), torch.randn(4), "reflect")
    gradient = torch.autograd.grad(y, x, torch.randn_like(y))[0]
    assert all(t.is_contiguous(memory_format=torch.channels_last) for t in (y, gradient))


def test_block_doubles_the_size_in_bf16_and_channels_last():
    block = UpsampleBlock(8, 4, "reflect", "relu").to(memory_format=torch.channels_last)
    x = torch.randn(2, 8, 6, 10).contiguous(memory_format=torch.channels_last)
    expected = block(x)
    with torch.autocast("cpu", torch.bfloat16):
        y = block(x)
    assert y.shape == (2, 4, 12, 20) and y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), expected, atol=0.06, rtol=0.06)
