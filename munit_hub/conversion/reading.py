"""Reading checkpoint files of others, and filling a network of this package from them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

State = dict[str, Tensor]

logger = logging.getLogger(__name__)

_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def load_reference_file(path: Path) -> Any:
    """What a reference's checkpoint file holds: tensors and plain containers, nothing else."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ValueError(f"The checkpoint {path} does not exist.") from None
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} is not a checkpoint of tensors alone: {reason}") from None


def load_state(path: Path) -> State:
    """The state of the one network in a file."""
    return _state_of(load_reference_file(path), str(path))


def load_states(path: Path, names: Sequence[str]) -> dict[str, State]:
    """The states of the networks of those names in a file."""
    held = load_reference_file(path)
    if not isinstance(held, dict) or not set(names) <= held.keys():
        found = ", ".join(sorted(map(str, held))[:5]) if isinstance(held, dict) else "no names"
        raise ValueError(f"{path} must hold the networks {' and '.join(names)}, not {found}.")
    return {name: _state_of(held[name], f"{path}, {name}") for name in names}


def without_statistics(state: State, origin: str) -> State:
    """A state without the running statistics that old instance norms stored, and a note of it."""
    kept = {key: tensor for key, tensor in state.items() if not key.endswith(_STATISTICS)}
    if len(kept) < len(state):
        logger.warning(
            "%s: %d running statistics of instance norm are left out; they are not used.",
            origin,
            len(state) - len(kept),
        )
    return kept


def _state_of(held: Any, origin: str) -> State:
    if not isinstance(held, dict) or not all(isinstance(t, Tensor) for t in held.values()):
        raise ValueError(f"{origin} does not hold the tensors of one network by their names.")
    # A network that was wrapped to train on several devices has its parameters under `module`.
    return {key.removeprefix("module."): tensor for key, tensor in held.items()}


def fill(network: nn.Module, state: State, names: dict[str, str]) -> None:
    """Load `state` into a network; `names` maps its keys to the network's parameters.

    ValueError names a key that has no place, that has another shape, or that is missing.
    """
    own = network.state_dict()
    for theirs, ours in names.items():
        if ours not in own:
            raise ValueError(f"{theirs} is in the checkpoint, but this architecture has no {ours}.")
        given, wanted = tuple(state[theirs].shape), tuple(own[ours].shape)
        if given != wanted:
            raise ValueError(f"{theirs} is {given} in the checkpoint, but {wanted} is needed.")
    missing = sorted(own.keys() - set(names.values()))
    if missing:
        raise ValueError(f"The checkpoint has nothing for {missing[0]} ({len(missing)} missing).")
    network.load_state_dict({ours: state[theirs] for theirs, ours in names.items()})
