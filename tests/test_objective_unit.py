import pytest
import torch

from training.objectives.adversary import CriticConfig
from training.objectives.phases import BatchShape
from training.objectives.unit import UnitConfig, UnitModelConfig, UnitWeights, kl_to_normal

TINY = UnitConfig(
    UnitModelConfig(base_width=4, num_residual_blocks=1),
    CriticConfig(base_width=4, num_layers=2, num_scales=1),
    UnitWeights(gan=2, image_rec=3, kl=5, cycle_rec=7, cycle_kl=11),
)


@pytest.fixture
def case():
    torch.manual_seed(0)
    objective = TINY.build([3, 3], ["a", "b"], 16)
    batch = {name: torch.rand(2, 3, 16, 16) * 2 - 1 for name in "ab"}
    noise = objective.draw_noise(BatchShape(2, 16, 16), torch.Generator().manual_seed(1))
    return objective, batch, noise


def test_the_loss_is_the_weighted_sum_of_the_papers_terms(case):
    objective, batch, noise = case
    loss, terms, made = objective("generator", batch, noise, {})
    weights = vars(TINY.weights)
    assert set(terms) == {f"{name}/{d}" for name in weights for d in "ab"}
    torch.testing.assert_close(loss, sum(weights[k.split("/")[0]] * v for k, v in terms.items()))
    reused = objective("critics", batch, noise, made).loss
    torch.testing.assert_close(reused, objective("critics", batch, noise, {}).loss)


def test_the_noise_enters_both_encodings(case):
    objective, batch, noise = case
    _, terms, _ = objective("generator", batch, noise, {})
    silent = {name: torch.zeros_like(z) for name, z in noise.items()}
    _, without, _ = objective("generator", batch, silent, {})
    only_cycle = {n: z if "cycle" in n else silent[n] for n, z in noise.items()}
    _, cycle, _ = objective("generator", batch, only_cycle, {})
    assert terms["image_rec/a"] != without["image_rec/a"]
    assert cycle["image_rec/a"] == without["image_rec/a"]
    assert cycle["cycle_rec/a"] != without["cycle_rec/a"]
    assert set(noise) == {"a", "b", "a/cycle", "b/cycle"}


def test_kl_is_the_mean_square_of_the_mean():
    assert kl_to_normal(torch.tensor([[1.0, 3.0]])).item() == 5
