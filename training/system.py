"""The system that a configuration names, freshly initialised."""

from __future__ import annotations

from training.config import TrainConfig
from training.objectives.phases import Objective


def build_objective(config: TrainConfig) -> Objective:
    """The objective of `config.system`, for the domains that `config.data` names."""
    sources = config.data.sources
    channels = [source.channels for source in sources.values()]
    section = getattr(config, config.system)  # the field of that name, see TrainConfig
    return section.build(channels, list(sources), config.data.resolution)
