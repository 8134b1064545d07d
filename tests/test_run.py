import pytest
import torch
from torch import nn

from training.config import DataConfig, OptimizerConfig, TrainConfig
from training.run import build_optimizer, build_schedule


def learning_rates(schedule, steps):
    chosen = OptimizerConfig(learning_rate=8e-4, schedule=schedule)
    config = TrainConfig("", DataConfig({}), steps, optimizer=chosen)
    optimizer = build_optimizer(nn.Linear(1, 1), config.optimizer)
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
