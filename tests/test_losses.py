import math

import pytest
import torch

from training.losses import GAN_LOSSES, l1


def test_l1_is_the_mean_in_float32():
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.bfloat16)
    value = l1(a, torch.zeros(2, 2, dtype=torch.bfloat16))
    assert value.item() == 2.5 and value.dtype == torch.float32


@pytest.mark.parametrize(
    "name, generator, discriminator",
    [("lsgan", 1 + 0.25, 1 + 0 + 0.25 + 0.25), ("nsgan", None, None)],
)
def test_gan_losses_sum_the_scales(name, generator, discriminator):
    zero, half = torch.zeros(2, 1, 4, 4), torch.full((2, 1, 2, 2), 0.5)
    if name == "nsgan":
        softplus = lambda x: math.log1p(math.exp(x))  # noqa: E731
        generator = softplus(0) + softplus(-0.5)
        discriminator = generator + softplus(0) + softplus(0.5)
    loss = GAN_LOSSES[name]
    assert loss.generator([zero, half]).item() == pytest.approx(generator)
    assert loss.discriminator([zero, half], [zero, half]).item() == pytest.approx(discriminator)
