import copy
from contextlib import nullcontext

import pytest
import torch
from accelerate import Accelerator

from training.augment import augment
from training.config import DataConfig, TrainConfig
from training.losses import iic, l1
from training.objectives.momentum import StyleQueue, follow
from training.objectives.phases import BatchShape
from training.objectives.tunit import (
    TunitConfig,
    TunitCriticConfig,
    TunitModelConfig,
    TunitWeights,
)
from training.run import Run
from training.step import Stepper

TINY = TunitModelConfig(
    num_domains=3,
    base_width=4,
    num_residual_blocks=1,
    num_downsamples=1,
    guide_width=2,
    style_dim=6,
    mlp_width=8,
)
WEIGHTS = TunitWeights(
    iic=2, contrast=3, joint_guide=0.5, critic=5, r1=7, gan=11, image_rec=13, style_contrast=17
)


def build(**options):
    torch.manual_seed(0)
    config = TunitConfig(
        TINY, TunitCriticConfig(4, 8), WEIGHTS, clustering_steps=2, queue_size=10, momentum=0.9
    )
    return TunitConfig(**vars(config) | options).build([3], ["fruit"], 32)


def batch(seed=0, n=4):
    generator = torch.Generator().manual_seed(seed)
    return {"fruit": torch.rand(n, 3, 32, 32, generator=generator) * 2 - 1}


def noise(objective, seed=0, n=4):
    return objective.draw_noise(BatchShape(n, 32, 32), torch.Generator().manual_seed(seed))


def phases(objective, step):
    return [(phase.name, phase.networks) for phase in objective.phases(step)]


def test_the_schedule_is_a_function_of_the_step():
    joint, separate = build(), build(joint=False)
    alone = [("clustering", ("guide",))]
    assert phases(joint, 0) == phases(joint, 1) == phases(separate, 1) == alone
    critic = ("critic", ("critic",))
    together = ("generator", ("generator", "guide"))
    assert phases(joint, 2) == [("guide", ("guide",)), critic, together]
    assert phases(separate, 2) == [critic, ("generator", ("generator",))]


def test_the_guides_own_loss_and_its_scale_in_the_joint_stage():
    objective, x, z = build(), batch(), noise(build())
    alone, joint = (copy.deepcopy(objective)(phase, x, z, {}) for phase in ("clustering", "guide"))
    terms = alone.terms
    assert set(terms) == {"iic", "contrast"}
    torch.testing.assert_close(alone.loss, 2 * terms["iic"] + 3 * terms["contrast"])
    torch.testing.assert_close(joint.loss, 0.5 * alone.loss)
    view = augment(x["fruit"], z["view"], objective.config.augment)
    p, q = (objective.model.guide(images).logits.softmax(1) for images in (x["fruit"], view))
    torch.testing.assert_close(terms["iic"], iic(p, q))


def test_the_critic_is_told_by_the_references_pseudo_label():
    objective, x = build(), batch()["fruit"]
    partner = torch.tensor([2, 0, 3, 1])
    loss, terms, _ = objective.critic_loss(x, partner)
    sums = terms["critic/real"] + terms["critic/translated"]
    torch.testing.assert_close(loss, 5 * sums + 7 * terms["r1"])
    domain = objective.model.guide(x).logits.argmax(1)
    real = objective.critic(x[partner], domain[partner])
    torch.testing.assert_close(terms["critic/real"], (1 - real).relu().mean())
    assert terms["accuracy/real"] == (real > 0).float().mean()
    assert {p.grad for p in objective.model.parameters()} == {None}


def test_without_r1_the_term_is_left_out():
    weights = TunitWeights(r1=0)
    assert "r1" not in build(weights=weights).critic_loss(batch()["fruit"], torch.arange(4)).terms


def test_the_generator_pays_for_translation_and_reconstruction():
    objective, x = build(), batch()["fruit"]
    objective.queue.push(torch.randn(5, 6))
    partner = torch.tensor([1, 2, 3, 0])
    loss, terms, _ = objective.generator_loss(x, partner)
    gan = terms["gan/translated"] + terms["gan/rec"]
    total = 11 * gan + 13 * terms["image_rec"] + 17 * terms["style_contrast"]
    torch.testing.assert_close(loss, total)
    model, style = objective.model, objective.model.guide(x).style
    rec = model.decode(model.encode_content(x), style)
    torch.testing.assert_close(terms["image_rec"], l1(rec, x))
    loss.backward()
    for network in (model.generator, model.guiding.style, model.guiding.trunk):
        assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert {p.grad for p in objective.average.parameters()} == {None}


def test_the_momentum_encoder_follows_once_a_step_and_gives_its_statistics():
    objective, x, z = build(), batch(), noise(build())
    with torch.no_grad():
        objective.model.guiding.style.bias.fill_(1.0)
    for phase in ("guide", "critic", "generator"):
        objective(phase, x, z, {})
    torch.testing.assert_close(objective.average.style.bias, torch.full((6,), 0.1))
    mine, its = objective.average.trunk[0].norm, objective.model.guiding.trunk[0].norm
    given = mine.running_var.clone()
    follow(objective.average, objective.model.guiding, 0.9)
    objective("guide", x, z, {})
    torch.testing.assert_close(its.running_var, given, rtol=0, atol=0)
    assert mine.num_batches_tracked == 3  # views of two phases, and the references


def test_the_generators_styles_are_told_from_those_of_earlier_batches():
    objective, x, z, carry = build(), batch(), noise(build()), {}
    objective.queue.push(torch.zeros(1, 6))
    for phase in ("guide", "critic", "generator"):
        assert objective.queue.held().shape == (1, 6)  # also when the generator's loss takes it
        carry = objective(phase, x, z, carry).carry
    assert objective.queue.held().shape == (5, 6)
    objective("clustering", x, z, {})
    assert objective.queue.held().shape == (9, 6)


def test_a_network_of_two_phases_takes_each_of_its_steps_by_that_phase_alone():
    config = TrainConfig("", DataConfig({}, resolution=32, batch_size=4), 10, precision="fp32")
    run = Run(build(), config, torch.device("cpu"))
    train(run, 2)  # the next one has all phases
    weight, left = run.objective.model.guiding.style.weight, []
    objective = run.objective

    def remembering(*call):
        left.append(weight.grad)
        return objective(*call)

    step = Stepper(run, remembering, config, Accelerator(cpu=True), nullcontext)
    step(batch(2), noise(objective, 2))
    assert left == [None, None, None]


def test_fp16_scales_the_loss_of_every_phase():
    config = TrainConfig("", DataConfig({}, resolution=32, batch_size=4), 10, precision="fp16")
    run = Run(build(), config, torch.device("cpu"))
    run.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
    train(run, 4)
    assert run.step == 4 and run.skipped == 0 and run.scaler.get_scale() == 16.0


def test_the_queue_keeps_the_last_styles():
    queue = StyleQueue(5, 1)
    assert queue.held().shape == (0, 1)
    queue.push(torch.tensor([[1.0], [2.0], [3.0]]))
    assert queue.held().flatten().tolist() == [1, 2, 3]
    queue.push(torch.tensor([[4.0], [5.0], [6.0]]))
    assert sorted(queue.held().flatten().tolist()) == [2, 3, 4, 5, 6]
    queue.push(torch.arange(10.0, 17.0)[:, None])
    assert sorted(queue.held().flatten().tolist()) == [12, 13, 14, 15, 16]


def train(run, steps):
    config = TrainConfig("", DataConfig({}, resolution=32, batch_size=4), 10, precision="fp32")
    step = Stepper(run, run.objective, config, Accelerator(cpu=True), nullcontext)
    for _ in range(steps):
        step(batch(run.step), noise(run.objective, run.step))


@pytest.mark.parametrize("joint", [True, False])
def test_a_resumed_run_is_the_same_run(joint):
    config = TrainConfig("", DataConfig({}, resolution=32, batch_size=4), 10, precision="fp32")
    run, again = (Run(build(joint=joint), config, torch.device("cpu")) for _ in range(2))
    train(run, 3)  # one of them with all networks
    saved = copy.deepcopy(run.state())
    train(run, 2)
    again.load_state(saved)
    train(again, 2)
    for name, tensor in run.objective.state_dict().items():
        assert torch.equal(tensor, again.objective.state_dict()[name]), name


def test_a_frozen_guide_stays_as_it_clustered():
    config = TrainConfig("", DataConfig({}, resolution=32, batch_size=4), 10, precision="fp32")
    run = Run(build(joint=False), config, torch.device("cpu"))
    train(run, 2)
    guide = copy.deepcopy(dict(run.objective.model.guiding.named_parameters()))
    generator = copy.deepcopy(run.objective.model.generator.state_dict())
    train(run, 1)
    for name, parameter in run.objective.model.guiding.named_parameters():
        assert torch.equal(parameter, guide[name])
    now = run.objective.model.generator.state_dict()
    assert not torch.equal(now["decoder.out.conv.weight"], generator["decoder.out.conv.weight"])


def test_one_image_has_no_batch_statistics():
    objective = build()
    with pytest.raises(ValueError, match="tunit needs batches of two images at least"):
        objective("clustering", batch(n=1), noise(objective, n=1), {})


@pytest.mark.parametrize(
    ("channels", "size", "sentence"),
    [
        ([3, 3], 32, "tunit finds domains in one source, not in 2"),
        ([3], 96, "data.resolution must be one of 32, 64, 128, 256, not 96"),
    ],
)
def test_data_that_do_not_fit_are_one_sentence(channels, size, sentence):
    with pytest.raises(ValueError, match=sentence):
        TunitConfig(TINY).build(channels, ["a", "b"][: len(channels)], size)


def test_the_guide_learns_to_tell_colours_apart():
    """The two loud colours of plain pictures end in clusters of their own, without labels."""
    torch.manual_seed(0)
    config = TrainConfig("", DataConfig({}, resolution=32, batch_size=32), 40, precision="fp32")
    config.optimizer.learning_rate = 2e-3
    objective = build(weights=TunitWeights(), clustering_steps=100, queue_size=64)
    run = Run(objective, config, torch.device("cpu"))
    step = Stepper(run, objective, config, Accelerator(cpu=True), nullcontext)
    colours = torch.tensor([[0.9, -0.8, -0.8], [-0.8, -0.8, 0.9]]).view(2, 3, 1, 1)
    labels = torch.arange(32) % 2
    for seed in range(40):
        generator = torch.Generator().manual_seed(seed)
        x = colours[labels] + 0.3 * torch.rand(32, 3, 32, 32, generator=generator)
        step({"fruit": x.clamp(-1, 1)}, noise(objective, seed, 32))
    found = objective.model.guide(x).logits.argmax(1)
    assert not set(found[labels == 0].tolist()) & set(found[labels == 1].tolist())
