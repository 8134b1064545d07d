import copy

import pytest
import torch

from munit_hub.discriminators import MultiScaleDiscriminator
from munit_hub.modeling_munit import MunitModel
from training.objectives.adversary import CriticConfig, Critics, build_critics
from training.objectives.munit import (
    MunitConfig,
    MunitModelConfig,
    MunitObjective,
    MunitWeights,
)
from training.objectives.phases import BatchShape
from training.perceptual import PerceptualLoss, Vgg16Features

TINY = MunitModelConfig(base_width=4, num_residual_blocks=1, mlp_width=8)
SMALL_CRITIC = CriticConfig(base_width=4, num_layers=2, num_scales=2)


def make(weights=None, **options):
    torch.manual_seed(0)
    config = MunitConfig(TINY, SMALL_CRITIC, weights or MunitWeights(), **options)
    return config.build([3, 3], ["edges", "fruit"], sample_size=16)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    return {n: torch.rand(2, 3, 16, 16, generator=generator) * 2 - 1 for n in ("edges", "fruit")}


def noise(objective):
    return objective.draw_noise(BatchShape(2, 16, 16), torch.Generator().manual_seed(2))


def test_a_step_trains_the_model_then_the_critics():
    objective = make()
    assert objective.phases(0) == (("generator", ("model",)), ("critics", ("critics",)))
    assert set(objective.networks()) == {"model", "critics"}
    names = {name.split(".")[0] for name, _ in objective.named_parameters()}
    assert names == {"model", "critics"}


def test_terms_are_those_of_the_paper_and_the_loss_is_their_weighted_sum(batch):
    objective = make(MunitWeights(gan=2, image_rec=3, content_rec=5, style_rec=7, cycle_rec=11))
    loss, terms, made = objective("generator", batch, noise(objective), {})
    weights = {"gan": 2, "image_rec": 3, "content_rec": 5, "style_rec": 7, "cycle_rec": 11}
    assert set(terms) == {f"{name}/{d}" for name in weights for d in ("edges", "fruit")}
    expected = sum(weights[name.split("/")[0]] * term for name, term in terms.items())
    torch.testing.assert_close(loss, expected)
    assert not made["fruit"].requires_grad and made["fruit"].shape == (2, 3, 16, 16)


def test_a_term_is_what_its_equation_says(batch):
    objective = make()
    z = noise(objective)
    _, terms, _ = objective("generator", batch, z, {})
    model = objective.model
    content, style = model.encode(batch["edges"], "edges")
    x_ab = model.decode(content, z["fruit"], "fruit")
    reconstruction = (model.decode(content, style, "edges") - batch["edges"]).abs().mean()
    style_rec = (model.encode_style(x_ab, "fruit") - z["fruit"]).abs().mean()
    torch.testing.assert_close(terms["image_rec/edges"], reconstruction)
    torch.testing.assert_close(terms["style_rec/fruit"], style_rec)


@pytest.mark.parametrize("name", ["image_rec", "content_rec", "style_rec"])
def test_an_ablation_is_a_weight_of_zero(batch, name):
    full, without = make(MunitWeights()), make(MunitWeights(**{name: 0.0}))
    z = noise(full)
    loss, terms, _ = full("generator", batch, z, {})
    ablated, _, _ = without("generator", batch, z, {})
    removed = getattr(MunitWeights(), name) * (terms[f"{name}/edges"] + terms[f"{name}/fruit"])
    torch.testing.assert_close(loss - removed, ablated)


def test_critics_reuse_the_generators_images(batch):
    objective = make()
    z = noise(objective)
    _, _, made = objective("generator", batch, z, {})
    reused, terms, _ = objective("critics", batch, z, made)
    fresh, _, _ = objective("critics", batch, z, {})
    torch.testing.assert_close(reused, fresh)
    names = ("critic", "accuracy/real", "accuracy/translated")
    assert set(terms) == {f"{name}/{d}" for name in names for d in ("edges", "fruit")}
    reused.backward()
    assert all(p.grad is None for p in objective.model.parameters())
    assert all(p.grad is not None for p in objective.critics.parameters())


def test_noise_depends_on_the_generator_alone():
    objective = make()
    first, again = noise(objective), noise(objective)
    assert all(torch.equal(first[n], again[n]) for n in first)
    assert not torch.equal(first["edges"], first["fruit"])


def test_an_unknown_gan_loss_is_named():
    with pytest.raises(ValueError, match="gan_loss='wgan' is unknown; allowed: lsgan, nsgan"):
        make(gan_loss="wgan")


def test_initial_weights_follow_the_paper():
    objective = MunitConfig(MunitModelConfig(base_width=16), CriticConfig(num_scales=1)).build(
        [3, 3], ["a", "b"], 64
    )
    kaiming = objective.model.decoders[0].residual[0].first.conv.weight
    critic = objective.critics[0].scales[0].blocks[1].conv.weight
    assert kaiming.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
    assert critic.std().item() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("gan_loss", ["lsgan", "nsgan"])
@pytest.mark.parametrize("norm", ["none", "instance", "layer", "batch", "spectral"])
def test_every_critic_trains(batch, gan_loss, norm):
    model = MunitModel(domain_names=["edges", "fruit"], **vars(TINY))
    options = vars(SMALL_CRITIC) | {"norm": norm}
    critics = [MultiScaleDiscriminator(3, **options) for _ in range(2)]
    game = Critics(critics, ["edges", "fruit"], gan_loss)
    objective = MunitObjective(model, game, MunitWeights())
    loss, _, made = objective("generator", batch, noise(objective), {})
    (loss + objective("critics", batch, {}, made).loss).backward()
    assert all(p.grad.isfinite().all() for p in objective.parameters() if p.grad is not None)


def test_the_perceptual_loss_compares_a_translation_with_its_input(monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr("training.objectives.munit.load_vgg16", lambda place: Vgg16Features())
    config = MunitConfig(TINY, SMALL_CRITIC, MunitWeights(perceptual=3))
    objective = config.build([3, 1], ["edges", "fruit"], sample_size=32)
    x = {"edges": torch.rand(2, 3, 32, 32), "fruit": torch.rand(2, 1, 32, 32)}
    z = objective.draw_noise(BatchShape(2, 32, 32), torch.Generator().manual_seed(2))
    loss, terms, made = objective("generator", x, z, {})
    wanted = PerceptualLoss(objective.perceptual.network)(made["fruit"], x["edges"])
    torch.testing.assert_close(terms["perceptual/fruit"], wanted)
    weights = vars(MunitWeights(perceptual=3))
    expected = sum(weights[name.split("/")[0]] * term for name, term in terms.items())
    torch.testing.assert_close(loss, expected)
    assert not any("features" in name for name in objective.state_dict())
    objective.requires_grad_(True)
    loss.backward()
    assert all(p.grad is None for p in objective.perceptual.network.parameters())


def test_the_perceptual_loss_says_what_it_needs(tmp_path):
    config = MunitConfig(TINY, SMALL_CRITIC, MunitWeights(perceptual=1), vgg16=str(tmp_path / "no"))
    with pytest.raises(ValueError, match="perceptual needs data.resolution of at least 32, not 16"):
        config.build([3, 3], ["edges", "fruit"], sample_size=16)
    with pytest.raises(ValueError, match="no is no model.safetensors; give that file"):
        config.build([3, 3], ["edges", "fruit"], sample_size=32)


@pytest.mark.parametrize("norm", ["none", "instance", "layer", "batch", "spectral"])
def test_critics_judge_real_and_translated_images_each_by_themselves(norm, batch):
    torch.manual_seed(0)
    config = CriticConfig(base_width=4, num_layers=2, num_scales=2, norm=norm)
    critics = build_critics(config, [3, 3], ["edges", "fruit"], "lsgan")
    assert critics.each_by_itself == (norm not in ("batch", "spectral"))
    alone = copy.deepcopy(critics)  # spectral norm comes closer to its value in each pass
    real, translated = critics.judge(batch["edges"], batch["fruit"], "edges")
    for ours, images in ((translated, batch["fruit"]), (real, batch["edges"])):
        for mine, wanted in zip(ours, alone.logits(images, "edges"), strict=True):
            torch.testing.assert_close(mine, wanted)


def test_a_step_asks_each_decoder_once_and_each_critic_once_a_phase(batch):
    objective = make()
    asked = []
    for network in (*objective.model.decoders, *objective.critics):
        network.register_forward_hook(lambda network, *_: asked.append(network))
    carry = objective("generator", batch, noise(objective), {}).carry
    objective("critics", batch, noise(objective), carry)
    assert [asked.count(network) for network in objective.model.decoders] == [1, 1]
    assert [asked.count(network) for network in objective.critics] == [2, 2]
