import pytest
import torch

from munit_hub.domain_discriminator import CriticBlock, DomainDiscriminator, FilterResponseNorm


def test_the_norm_is_its_equation():
    norm, x = FilterResponseNorm(3), torch.randn(2, 3, 4, 5)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.normal_()
    root = (x.square().mean((2, 3), keepdim=True) + 1e-6).sqrt()
    expected = torch.maximum(norm.gamma * x / root + norm.beta, norm.tau)
    torch.testing.assert_close(norm(x), expected)


def test_both_derivatives_of_the_norm_are_right_and_finite_for_an_empty_plane():
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
