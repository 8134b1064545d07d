import pytest
import torch

from training.losses import l1
from training.objectives.adversary import PatchGanConfig
from training.objectives.bicyclegan import (
    GAMES,
    BicycleGanConfig,
    BicycleGanModelConfig,
    BicycleGanWeights,
    kl_to_normal,
)
from training.objectives.phases import BatchShape


def build(weights):
    torch.manual_seed(0)
    return BicycleGanConfig(
        BicycleGanModelConfig(base_width=4, num_residual_blocks=1, style_dim=3),
        PatchGanConfig(base_width=4, num_layers=1, num_scales=2),
        weights,
    ).build([1, 3], ["edges", "fruit"], 16)


@pytest.fixture
def data():
    torch.manual_seed(1)
    batch = {"edges": torch.rand(2, 1, 16, 16), "fruit": torch.rand(2, 3, 16, 16) * 2 - 1}
    return batch, {game: torch.randn(2, 3) for game in ("encoded", "sampled")}


def test_the_loss_is_the_weighted_sum_of_the_papers_terms(data):
    weights = BicycleGanWeights(gan=2, image_rec=3, kl=5, latent_rec=7)
    (x, z), objective = data, build(weights)
    loss, terms, made = objective("generator", x, z, {})
    expected = sum(vars(weights)[k.split("/")[0]] * v for k, v in terms.items())
    torch.testing.assert_close(loss, expected)
    model = objective.model
    mean, log_variance = model.encode(x["fruit"])
    x_encoded = model(x["edges"], style=mean + (log_variance / 2).exp() * z["encoded"])
    torch.testing.assert_close(terms["image_rec"], l1(x_encoded, x["fruit"]))
    x_sampled = model(x["edges"], style=z["sampled"])
    torch.testing.assert_close(made["sampled"], x_sampled)
    recovered = model.encode_style(x_sampled, "fruit")
    torch.testing.assert_close(terms["latent_rec"], l1(recovered, z["sampled"]))
    reused = objective("critics", x, z, made)
    names = ("critic", "accuracy/real", "accuracy/translated")
    assert set(reused.terms) == {f"{name}/{game}" for name in names for game in GAMES}
    torch.testing.assert_close(reused.loss, objective("critics", x, z, {}).loss)


def test_the_latent_loss_reaches_the_generator_and_not_the_encoder(data):
    x, z = data
    objective = build(BicycleGanWeights(gan=0, image_rec=0, kl=0, latent_rec=1))
    objective("generator", x, z, {}).loss.backward()
    encoder, generator = (
        [p.grad for p in part.parameters() if p.grad is not None]
        for part in (objective.model.encoder, objective.model.generator)
    )
    assert all((g == 0).all() for g in encoder)
    assert any((g != 0).any() for g in generator)


def test_the_image_loss_reaches_the_encoder(data):
    x, z = data
    objective = build(BicycleGanWeights(gan=0, image_rec=1, kl=0, latent_rec=0))
    objective("generator", x, z, {}).loss.backward()
    assert any((p.grad != 0).any() for p in objective.model.encoder.parameters())


def test_the_noise_of_both_games_has_the_styles_shape():
    noise = build(BicycleGanWeights()).draw_noise(BatchShape(5, 16, 16), torch.Generator())
    assert {game: tuple(z.shape) for game, z in noise.items()} == {
        "encoded": (5, 3),
        "sampled": (5, 3),
    }


def test_kl_is_zero_for_the_prior_and_the_formula_elsewhere():
    assert kl_to_normal(torch.zeros(2, 3), torch.zeros(2, 3)).item() == 0
    normal = torch.distributions.Normal
    mean, log_variance = torch.randn(2, 3), torch.randn(2, 3)
    theirs = torch.distributions.kl_divergence(
        normal(mean, (log_variance / 2).exp()), normal(torch.zeros(2, 3), torch.ones(2, 3))
    )
    torch.testing.assert_close(kl_to_normal(mean, log_variance), theirs.sum(dim=1).mean())


def test_the_encoder_starts_with_a_signal(data):
    x, _ = data
    first, second = build(BicycleGanWeights()).model.encode_style(x["fruit"], "fruit")
    assert (first - second).abs().max() > 0.01  # at N(0, 0.02) it would be below 1e-5
