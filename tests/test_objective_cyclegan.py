import pytest
import torch

from training.losses import l1
from training.objectives.adversary import PatchGanConfig
from training.objectives.cyclegan import CycleGanConfig, CycleGanModelConfig, CycleGanWeights
from training.objectives.phases import BatchShape
from training.objectives.pool import TranslationPool

WEIGHTS = CycleGanWeights(gan=2, cycle_rec=3, identity=5, critic=7)


def build(noise_channels=0, weights=WEIGHTS):
    torch.manual_seed(0)
    return CycleGanConfig(
        CycleGanModelConfig(4, 1, noise_channels),
        PatchGanConfig(base_width=4, num_layers=1),
        weights,
        pool_size=3,
    ).build([3, 3], ["a", "b"], 16)


@pytest.fixture(params=[0, 2])
def case(request):
    objective = build(request.param)
    batch = {name: torch.rand(2, 3, 16, 16) * 2 - 1 for name in "ab"}
    noise = objective.draw_noise(BatchShape(2, 16, 16), torch.Generator().manual_seed(1))
    return objective, batch, noise


def test_the_loss_is_the_weighted_sum_of_the_papers_terms(case):
    objective, x, z = case
    loss, terms, made = objective("generator", x, z, {})
    weights = vars(WEIGHTS)
    assert set(terms) == {f"{name}/{d}" for name in ("gan", "cycle_rec", "identity") for d in "ab"}
    torch.testing.assert_close(loss, sum(weights[k.split("/")[0]] * v for k, v in terms.items()))
    into_b, into_a = objective.model.generator("b"), objective.model.generator("a")
    torch.testing.assert_close(made["b"], into_b(x["a"], z["b"]))
    cycle = into_a(into_b(x["a"], z["b"]), z["a"])
    torch.testing.assert_close(terms["cycle_rec/a"], l1(cycle, x["a"]))
    torch.testing.assert_close(terms["identity/a"], l1(into_a(x["a"], z["a"]), x["a"]))


def test_the_critics_pay_for_what_the_pool_shows(case):
    objective, x, z = case
    made = objective("generator", x, z, {}).carry
    start = {k: v.clone() for k, v in objective.state_dict().items()}
    loss, terms, _ = objective("critics", x, z, made)
    torch.testing.assert_close(loss, 7 * (terms["critic/a"] + terms["critic/b"]))
    assert torch.equal(objective.pools[1].images[:2], made["b"])
    objective.load_state_dict(start)
    torch.testing.assert_close(objective("critics", x, z, {}).loss, loss)


def test_without_identity_the_term_is_left_out():
    objective = build(weights=CycleGanWeights(identity=0))
    x = {name: torch.rand(1, 3, 16, 16) for name in "ab"}
    z = objective.draw_noise(BatchShape(1, 16, 16), torch.Generator())
    assert not [name for name in objective("generator", x, z, {}).terms if "identity" in name]


def flat(*values):
    return torch.tensor(values)[:, None, None, None].expand(-1, 1, 2, 2)


def test_a_full_pool_swaps_or_lets_through():
    pool = TranslationPool(2, 1, 2)
    assert torch.equal(pool(flat(1.0, 2.0), torch.rand(2, 2)), flat(1.0, 2.0))
    assert torch.equal(pool(flat(3.0), torch.tensor([[0.9, 0.0]])), flat(3.0))  # let through
    assert torch.equal(pool(flat(4.0), torch.tensor([[0.1, 0.6]])), flat(2.0))  # in slot 1
    assert torch.equal(pool.images, flat(1.0, 4.0))


def test_a_saved_pool_goes_on_where_it_was():
    pool, again = TranslationPool(2, 1, 2), TranslationPool(2, 1, 2)
    pool(flat(1.0, 2.0), torch.rand(2, 2))
    again.load_state_dict(pool.state_dict())
    draws = torch.tensor([[0.2, 0.1], [0.3, 0.1]])
    assert torch.equal(pool(flat(5.0, 6.0), draws), again(flat(5.0, 6.0), draws))


def test_no_pool_shows_what_it_is_given():
    images = torch.rand(2, 1, 2, 2)
    assert torch.equal(TranslationPool(0, 1, 2)(images, torch.zeros(2, 2)), images)
