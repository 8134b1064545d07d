"""The system that a configuration names, freshly initialised."""

from __future__ import annotations

from training.config import TrainConfig
from training.objectives.phases import Objective


def build_objective(config: TrainConfig) -> Objective:
    """The objective of `config.system`, for the domains that `config.data` names.

    ValueError names the field of the configuration that does not fit.
    """
    sources = config.data.sources
    channels = [source.channels for source in sources.values()]
    section = getattr(config, config.system)  # the field of that name, see TrainConfig
    if len(sources) != 2 and config.system != "tunit":
        raise ValueError(f"data.sources must name two domains, not {list(sources)}.")
    if not set(channels) <= {1, 3}:
        raise ValueError(f"channels must be 1 or 3 in every source, not {channels}.")
    size = config.data.resolution
    objective = section.build(channels, list(sources), size)
    multiple, smallest = objective.model.size_multiple, objective.model.min_size
    if size % multiple or size < smallest:
        raise ValueError(
            f"data.resolution must be a multiple of {multiple} and at least {smallest}, not {size}."
        )
    return objective
