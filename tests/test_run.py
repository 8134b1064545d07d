import pytest
import torch
from torch import nn

from training.config import DataConfig, OptimizerConfig, TrainConfig
from training.run import build_optimizer, build_schedule, load_optimizer, resume_schedule


def learning_rates(schedule, steps, rules=None):
    chosen = OptimizerConfig(learning_rate=8e-4, schedule=schedule, schedule_rules=rules)
    config = TrainConfig("", DataConfig({}), steps, optimizer=chosen)
    optimizer = build_optimizer("model", nn.Linear(1, 1), config.optimizer)
    schedule = build_schedule(optimizer, config)
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [8e-4] * 8),
        ("linear_second_half", [8e-4] * 5 + [6e-4, 4e-4, 2e-4]),
    ],
)
def test_schedules(schedule, expected):
    torch.testing.assert_close(learning_rates(schedule, 8), expected)


@pytest.mark.parametrize("schedule", ["constant", "linear_second_half", "piecewise_constant"])
def test_a_warm_up_that_a_schedule_would_not_do_is_refused(schedule):
    with pytest.raises(ValueError, match=f"{schedule} has no warm-up.* must be 0, not 5"):
        OptimizerConfig(schedule=schedule, schedule_rules="1:4,0.5", warmup_steps=5)
    assert OptimizerConfig(schedule="constant_with_warmup", warmup_steps=5).warmup_steps == 5
    with pytest.raises(ValueError, match="warmup_steps must be 0 or more, not -1"):
        OptimizerConfig(schedule="cosine", warmup_steps=-1)


@pytest.mark.parametrize(
    "rules", ["1:4,x", "1:4", "1,0.5", "1:4.5,0.5", "1:4:5,0.5", "1:4,-1", "1:4,nan", "1:8,0.5:4,0"]
)
def test_rules_that_are_none_are_named(rules):
    with pytest.raises(ValueError, match=f'rise, not "{rules}"'):
        OptimizerConfig(schedule="piecewise_constant", schedule_rules=rules)


@pytest.mark.parametrize(
    ("rules", "factors"), [("0.5", [0.5] * 4), ("1:2, 0.5:3, 0", [1, 1, 0.5, 0])]
)
def test_rules_are_factors_until_steps(rules, factors):
    expected = [8e-4 * factor for factor in factors]
    torch.testing.assert_close(learning_rates("piecewise_constant", 4, rules), expected)


def test_a_network_may_have_a_rate_of_its_own():
    config = OptimizerConfig(learning_rate=1e-4, learning_rates={"critics": 4e-4})
    rates = [
        build_optimizer(n, nn.Linear(1, 1), config).defaults["lr"] for n in ("model", "critics")
    ]
    assert rates == [1e-4, 4e-4]


def test_who_resumes_with_another_rate_or_schedule_gets_it():
    data = DataConfig({})
    before = TrainConfig("", data, 8, optimizer=OptimizerConfig(learning_rate=8e-4))
    optimizer = build_optimizer("model", nn.Linear(1, 1), before.optimizer)
    build_schedule(optimizer, before)
    changed = OptimizerConfig(learning_rate=4e-4, schedule="linear_second_half")
    after = TrainConfig("", data, 8, optimizer=changed)
    resumed = build_optimizer("model", nn.Linear(1, 1), after.optimizer)
    schedule = build_schedule(resumed, after)
    resumed.load_state_dict(optimizer.state_dict())
    resume_schedule(schedule, 6)
    assert resumed.param_groups[0]["lr"] == pytest.approx(2e-4)
    resumed.step()
    schedule.step()
    assert resumed.param_groups[0]["lr"] == pytest.approx(1e-4)


def trained(config):
    network = nn.Linear(1, 1)
    optimizer = build_optimizer("model", network, config)
    network(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    return optimizer


def test_a_resumed_optimizer_has_the_moments_saved_and_the_settings_given():
    saved = trained(OptimizerConfig(weight_decay=0.1, beta1=0.5)).state_dict()
    resumed = trained(OptimizerConfig(weight_decay=0.0, beta1=0.9))
    load_optimizer("model", resumed, saved)
    (group,) = resumed.param_groups
    assert group["weight_decay"] == 0 and group["betas"] == (0.9, 0.999)
    assert torch.equal(resumed.state_dict()["state"][0]["exp_avg"], saved["state"][0]["exp_avg"])
    other = trained(OptimizerConfig(rmsprop=["model"]))
    with pytest.raises(ValueError, match="checkpoint's model was trained by another optimizer"):
        load_optimizer("model", other, saved)
