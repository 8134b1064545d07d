"""Reading checkpoint files of others, and filling a network of this package from them."""

from __future__ import annotations

import logging
import pickletools
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

State = dict[str, Tensor]

logger = logging.getLogger(__name__)

_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")  # how torch's refusal names what it found
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def load_reference_file(path: Path) -> Any:
    """What a reference's checkpoint file holds: tensors and plain containers, nothing else.

    ValueError names the file, and what else it holds.
    """
    if not Path(path).is_file():
        raise ValueError(f"The checkpoint {path} does not exist or is no file.")
    try:
        with warnings.catch_warnings():  # of a pickle's protocol, where the refusal says more
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        refused = _GLOBAL.search(str(error))
        found = refused[1].rstrip(".") if refused else _first_import(Path(path))
    if found:
        raise ValueError(f"{path} holds {found}, which is not a tensor; it is not loaded.")
    raise ValueError(f"{path} is damaged or no checkpoint of PyTorch; it is not loaded.")


def _first_import(path: Path) -> str | None:
    """What a bare pickle would import first, such as os.system; read, not run."""
    strings: list[str] = []
    try:
        with path.open("rb") as file:
            for code, argument, _ in pickletools.genops(file):
                if code.name == "GLOBAL":
                    return str(argument).replace(" ", ".")
                if code.name == "STACK_GLOBAL":
                    return ".".join(strings[-2:])
                if isinstance(argument, str):
                    strings.append(argument)
    except Exception:  # whatever it is, it is no pickle
        return None
    return None


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
    items = held.items() if isinstance(held, dict) else [("it", held)]
    for key, tensor in items:
        if not isinstance(tensor, Tensor) or not isinstance(key, str):
            raise ValueError(
                f"{origin} does not hold the tensors of one network by their names: {key} is of "
                f"type {type(tensor).__name__}."
            )
    # A network that was wrapped to train on several devices has its parameters under `module`.
    return {key.removeprefix("module."): tensor for key, tensor in held.items()}


def numbers(state: State, pattern: str, system: str = "") -> list[int]:
    """The numbers that a pattern's group takes in the names of a state, ascending.

    Where the pattern must be found, `system` is whose checkpoint it is not: ValueError.
    """
    found = sorted({int(match[1]) for key in state if (match := re.match(pattern, key))})
    if system and not found:
        raise ValueError(f"Nothing is named like {pattern}: this is no checkpoint of {system}.")
    return found


def renamed(state: State, names: Sequence[tuple[str, str]], system: str) -> dict[str, str]:
    """The name here of every tensor of a state, by the first pattern of `names` that fits.

    ValueError names one that fits none, and the system whose checkpoints have no such parameter.
    """
    result = {}
    for key in state:
        pattern, ours = next(((p, o) for p, o in names if re.match(p, key)), (None, None))
        if pattern is None or ours is None:
            raise ValueError(f"{key} is no parameter of a public {system} checkpoint.")
        result[key] = re.sub(pattern, ours, key, count=1)
    return result


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
