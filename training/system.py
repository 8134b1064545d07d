"""The system that a configuration names, freshly initialised."""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call

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
    if config.system != "tunit":  # whose critic is built for the resolution
        check_critics(objective, config)
    return objective


def check_critics(objective: Objective, config: TrainConfig) -> None:
    """ValueError where nothing of an image is left before a critic's last layer."""
    size, batch = config.data.resolution, config.data.batch_size
    critic = next(objective.networks()["critics"].children())
    if not can_judge(critic, batch // config.gradient_accumulation_steps, size):
        section, asked = f"{config.system}.critic", getattr(config, config.system).critic
        raise ValueError(
            f"data.resolution {size} is too small for critics of {section}.num_layers "
            f"{asked.num_layers} and {section}.num_scales {asked.num_scales}: raise it, or lower "
            "one of them."
        )


def can_judge(critic: nn.Module, batch_size: int, size: int) -> bool:
    """Whether a critic takes images of `size` pixels: a pass of shapes, which computes nothing."""
    # Not on the critic's own tensors: batch statistics and spectral norm would move.
    shapes = {name: tensor.to("meta") for name, tensor in critic.state_dict().items()}
    images = torch.empty(batch_size, critic.config["channels"], size, size, device="meta")
    try:
        functional_call(critic, shapes, (images,))
    except (RuntimeError, ValueError):  # of a convolution, a padding; of a norm of one number
        return False
    return True
