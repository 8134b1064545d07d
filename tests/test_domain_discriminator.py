import pytest
import torch

from munit_hub.domain_discriminator import CriticBlock, DomainDiscriminator, PointwiseConv2d
from training.losses import r1


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_every_size_of_the_reference_and_its_widths(size):
    with torch.device("meta"):
        critic = DomainDiscriminator(size, num_domains=10)
        logits = critic(torch.empty(2, 3, size, size), torch.zeros(2, dtype=torch.long))
    assert logits.shape == (2,)
    assert critic.whole.weight.shape[0] == min(64 * size // 4, 1024)


def test_a_domain_selects_its_head():
    torch.manual_seed(0)
    critic, x = DomainDiscriminator(32, 3, base_width=2), torch.rand(1, 3, 32, 32)
    every = critic(x.expand(3, -1, -1, -1), torch.arange(3))
    assert every.unique().numel() == 3
    mixed = critic(x.expand(2, -1, -1, -1), torch.tensor([2, 0]))
    torch.testing.assert_close(mixed, every[[2, 0]])


def test_a_block_keeps_the_variance_of_its_two_branches():
    torch.manual_seed(0)
    block = CriticBlock(4, 4, down=False)
    torch.nn.init.zeros_(block.second.weight)
    torch.nn.init.zeros_(block.second.bias)
    x = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(block(x), x / 2**0.5)


def test_half_precision_stays_close():
    torch.manual_seed(0)
    critic, x = DomainDiscriminator(32, 3, base_width=4), torch.rand(4, 3, 32, 32)
    domains = torch.tensor([0, 1, 2, 0])
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        half = critic(x, domains)
    assert (half.float() - critic(x, domains)).abs().max() < 0.05


def test_a_product_with_each_pixel_is_a_1x1_convolution():
    torch.manual_seed(0)
    ours = PointwiseConv2d(6, 8, 1, bias=False)
    x = torch.randn(2, 6, 4, 4).contiguous(memory_format=torch.channels_last)
    y = ours(x)
    torch.testing.assert_close(y, torch.nn.functional.conv2d(x, ours.weight))
    assert y.is_contiguous(memory_format=torch.channels_last)


def test_a_penalty_in_half_precision_does_not_end_the_process():
    """These sizes made oneDNN divide by zero, on cores that have AMX."""
    block = CriticBlock(24, 48, down=True)
    x = torch.rand(16, 24, 64, 64, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        y = block(x)
    r1(y, x).backward()
    assert block.shortcut.weight.grad.isfinite().all()
