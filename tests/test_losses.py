import math

import pytest
import torch

from training.losses import (
    GAN_LOSSES,
    accuracies,
    hinge_generator,
    hinge_real,
    hinge_translated,
    iic,
    info_nce,
    l1,
    r1,
)


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


def test_accuracy_is_the_share_of_all_logits_on_their_side():
    real, translated = [torch.tensor([0.6, 0.4, 2.0]), torch.tensor([0.7])], [torch.tensor(0.1)]
    found = accuracies(real, translated, GAN_LOSSES["lsgan"].boundary)
    assert found["accuracy/real"] == 0.75 and found["accuracy/translated"] == 1
    found = accuracies(real, translated, GAN_LOSSES["nsgan"].boundary)
    assert found["accuracy/real"] == 1 and found["accuracy/translated"] == 0


def test_hinge_losses_stop_at_their_margin():
    logits = torch.tensor([2.0, 0.5, -3.0])
    assert hinge_real(logits).item() == pytest.approx((0 + 0.5 + 4) / 3)
    assert hinge_translated(logits).item() == pytest.approx((3 + 1.5 + 0) / 3)
    assert hinge_generator(logits).item() == pytest.approx(0.5 / 3)


def test_r1_is_the_squared_gradient_and_has_one_itself():
    weight = torch.tensor([1.0, 2.0], requires_grad=True)
    images = torch.rand(3, 2, 1, 1, requires_grad=True)
    penalty = r1((images.flatten(1) * weight).sum(1), images)
    assert penalty.item() == pytest.approx(5.0)
    penalty.backward()
    assert weight.grad.tolist() == pytest.approx([2.0, 4.0])


def test_iic_is_the_negated_mutual_information():
    certain = torch.eye(4).repeat(3, 1)
    assert iic(certain, certain).item() == pytest.approx(-math.log(4))
    assert iic(torch.full((12, 4), 0.25), certain).item() == pytest.approx(0, abs=1e-6)
    one = torch.eye(4)[:1].repeat(5, 1)
    assert iic(one, one).item() == pytest.approx(0, abs=1e-6)  # a single cluster tells nothing
    assert iic(certain, certain, 1.5).item() == pytest.approx(-2 * math.log(4))  # H + 0.5 (H + H)
    p = torch.rand(6, 4).softmax(1)
    torch.testing.assert_close(iic(p, certain[:6]), iic(certain[:6], p))


def test_iic_has_finite_gradients_where_clusters_are_empty():
    logits = torch.tensor([[90.0, 0.0, -90.0]] * 3, requires_grad=True)
    p = logits.softmax(1)
    iic(p, p).backward()
    assert logits.grad.isfinite().all()


def test_info_nce_tells_the_key_from_the_negatives():
    query, key = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 5.0]])
    negatives = torch.tensor([[0.5, 0.0], [0.0, 9.0]])
    expected = -math.log(math.exp(4) / (math.exp(4) + math.exp(2) + math.exp(0)))
    assert info_nce(query, key, negatives, 0.5).item() == pytest.approx(expected)
    assert info_nce(query, key, torch.empty(0, 2), 0.5).item() == 0  # nothing to tell it from


def test_the_losses_of_tunit_are_float32_under_autocast():
    p = torch.rand(4, 3).softmax(1).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        values = [iic(p, p), info_nce(p, p, p, 0.07), hinge_generator(p), l1(p, p)]
    assert {value.dtype for value in values} == {torch.float32}
