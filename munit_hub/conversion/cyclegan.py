"""Checkpoints of the public pytorch-CycleGAN-and-pix2pix, with ResNet generators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from munit_hub.conversion.reading import State, fill, load_state, numbers, without_statistics
from munit_hub.discriminators import PatchGanDiscriminator
from munit_hub.generators import NUM_DOWNSAMPLES
from munit_hub.modeling_cyclegan import CycleGanModel

_SYSTEM = "CycleGAN"
_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.(\d+)\.(weight|bias)$")
_LAYER = r"model\.(\d+)\."
_FIRST_BLOCK = 10  # after the padding, and thrice a convolution, its norm and its ReLU
_DROPOUT = 0.5  # theirs, where there is any


def convert_cyclegan(
    checkpoint: Path,
    checkpoint_ba: Path | None = None,
    domain_names: Sequence[str] = ("a", "b"),
    sample_size: int | None = None,
) -> CycleGanModel:
    """The CycleGanModel of `*_net_G_A.pth` (a to b) and, where there is one, `*_net_G_B.pth`.

    Width, number of blocks and dropout are read off the shapes and names. A model of one
    direction translates into the second domain only. ValueError names what does not fit.
    """
    states = {1: _read_generator(checkpoint)}
    if checkpoint_ba is not None:
        states[0] = _read_generator(checkpoint_ba)
    first, *others = (_architecture(state) for state in states.values())
    if others and others[0] != first:
        raise ValueError(f"{checkpoint} is of {first}, but {checkpoint_ba} of {others[0]}.")
    model = CycleGanModel(
        **first,
        domain_names=list(domain_names),
        target_names=None if others else [domain_names[1]],
        sample_size=sample_size,
    )
    for target, state in states.items():
        fill(model.generator(target), state, generator_names(state))
    return model.eval()


def convert_cyclegan_critic(checkpoint: Path) -> PatchGanDiscriminator:
    """The discriminator of a `*_net_D_A.pth` (which judges b) or `*_net_D_B.pth`."""
    state = read_network(checkpoint)
    if "model.1.weight" in state:  # where a discriminator has an activation
        raise ValueError(
            f"{checkpoint} holds a generator (*_net_G_*.pth), not a discriminator (*_net_D_*.pth)."
        )
    names = critic_names(state)
    first = _tensor(state, "model.0.weight")
    critic = PatchGanDiscriminator(
        first.shape[1], len(first), len(numbers(state, _LAYER, _SYSTEM)) - 2
    )
    fill(critic, state, names)
    return critic


def read_network(path: Path) -> State:
    """The parameters in a file; the statistics that old instance norms stored are left out."""
    state = load_state(path)
    if any(key.endswith(".weight") and tensor.ndim == 1 for key, tensor in state.items()):
        raise ValueError(f"{path} has batch norm; only instance norm is converted.")
    return without_statistics(state, str(path))


def _read_generator(path: Path) -> State:
    state = read_network(path)
    if "model.0.weight" in state:  # where a generator has a padding, which holds nothing
        raise ValueError(
            f"{path} holds a discriminator (*_net_D_*.pth), not a generator (*_net_G_*.pth)."
        )
    return state


def generator_names(state: State) -> dict[str, str]:
    """The name in ResnetGenerator for every parameter of one generator."""
    blocks = len(_blocks(state))
    up = _FIRST_BLOCK + blocks
    places = {f"model.{1 + 3 * i}": f"down.{i}.conv" for i in range(NUM_DOWNSAMPLES + 1)}
    places |= {f"model.{up + 3 * i}": f"up.{i}.conv" for i in range(NUM_DOWNSAMPLES)}
    places[f"model.{up + 3 * NUM_DOWNSAMPLES + 1}"] = "out.conv"
    for block in range(blocks):
        place = f"model.{_FIRST_BLOCK + block}.conv_block"
        places[f"{place}.1"] = f"residual.{block}.first.conv"
        places[f"{place}.{6 if _has_dropout(state) else 5}"] = f"residual.{block}.second.conv"
    return _placed(state, places)


def critic_names(state: State) -> dict[str, str]:
    """The name in PatchGanDiscriminator for every parameter of one discriminator."""
    *layers, last = numbers(state, _LAYER, _SYSTEM)
    places = {f"model.{layer}": f"scales.0.blocks.{i}.conv" for i, layer in enumerate(layers)}
    return _placed(state, places | {f"model.{last}": "scales.0.out"})


def _placed(state: State, places: dict[str, str]) -> dict[str, str]:
    names = {}
    for key in state:
        place, _, kind = key.rpartition(".")
        if place not in places:
            raise ValueError(f"{key} is no parameter of a public CycleGAN network of this kind.")
        names[key] = f"{places[place]}.{kind}"
    return names


def _architecture(state: State) -> dict[str, object]:
    out = f"model.{_FIRST_BLOCK + len(_blocks(state)) + 3 * NUM_DOWNSAMPLES + 1}.weight"
    first, last = _tensor(state, "model.1.weight"), _tensor(state, out)
    return {
        "channels": [first.shape[1], len(last)],
        "base_width": len(first),
        "num_residual_blocks": len(_blocks(state)),
        "dropout": _DROPOUT if _has_dropout(state) else 0.0,
    }


def _tensor(state: State, key: str) -> Tensor:
    if key not in state:
        raise ValueError(f"{key} is missing: the file holds no public CycleGAN network.")
    return state[key]


def _blocks(state: State) -> set[str]:
    return {match[1] for key in state if (match := _BLOCK.match(key))}


def _has_dropout(state: State) -> bool:
    return any((match := _BLOCK.match(key)) is not None and match[2] == "6" for key in state)
