"""Reading checkpoint files of others, and filling a network of this package from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

State = dict[str, Tensor]


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
    """The state of one network in a file, without the `module.` of a wrapped one."""
    state = load_reference_file(path)
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise ValueError(f"{path} does not hold the tensors of one network by their names.")
    return {key.removeprefix("module."): tensor for key, tensor in state.items()}


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
