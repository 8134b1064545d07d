"""The tiniest objective of every system, for tests of what trains them."""

import torch

from training.objectives.bicyclegan import BicycleGanConfig, BicycleGanModelConfig
from training.objectives.cyclegan import CycleGanConfig, CycleGanModelConfig
from training.objectives.munit import MunitConfig, MunitModelConfig
from training.objectives.phases import BatchShape
from training.objectives.tunit import TunitConfig, TunitCriticConfig, TunitModelConfig
from training.objectives.unit import UnitConfig, UnitModelConfig

SMALL = {"base_width": 4, "num_residual_blocks": 1}
TUNIT = {"num_domains": 3, "num_downsamples": 1, "guide_width": 2, "style_dim": 6, "mlp_width": 8}
SECTIONS = {
    "munit": MunitConfig(MunitModelConfig(**SMALL, mlp_width=8)),
    "unit": UnitConfig(UnitModelConfig(**SMALL)),
    "cyclegan": CycleGanConfig(CycleGanModelConfig(**SMALL, noise_channels=2), pool_size=0),
    "bicyclegan": BicycleGanConfig(BicycleGanModelConfig(**SMALL, style_dim=2)),
    "tunit": TunitConfig(
        TunitModelConfig(**SMALL, **TUNIT),
        TunitCriticConfig(4, 8),
        clustering_steps=0,
        queue_size=8,
    ),
}
for section in SECTIONS.values():
    section.critic.base_width = 4
    if hasattr(section.critic, "num_layers"):
        section.critic.num_layers = 2


def tiny_objective(system, size=32):
    """An objective for domains a and b, of tunit for a alone; random as torch's generator is."""
    domains = ["a"] if system == "tunit" else ["a", "b"]
    return SECTIONS[system].build([3] * len(domains), domains, sample_size=size)


def tiny_batch(objective, generator, count=4, size=32):
    """Random images and noise for it."""
    domains = objective.model.config.domain_names
    names = ["a"] if objective.model.domain_in_style else domains
    x = {n: torch.rand(count, 3, size, size, generator=generator) * 2 - 1 for n in names}
    return x, objective.draw_noise(BatchShape(count, size, size), generator)
