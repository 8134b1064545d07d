"""What the tensors of an NVlabs checkpoint tell of its networks: widths, depths, norms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from munit_hub.conversion.reading import State, numbers

DISCRIMINATORS = "discriminators (dis_*.pt)"
MUNIT = "generators of MUNIT (gen_*.pt)"
UNIT = "generators of UNIT (gen_*.pt)"
_KINDS = {"cnns": DISCRIMINATORS, "enc_content": MUNIT, "enc": UNIT}
# By what a convolution block of a discriminator has. No norm at all and instance norm look alike.
_NORM_SIGNS = {
    "conv.module.weight_bar": "sn",
    "norm.gamma": "ln",
    "norm.weight": "bn",
    "norm.running_mean": "in",
}


class Told(NamedTuple):
    """A config value that a tensor tells; `axis` is where its shape has that very number."""

    value: int | str
    key: str
    shape: tuple[int, ...]
    axis: int | None = None

    def contradicts(self, given: object) -> str:
        """The sentence's part that says why another value cannot be."""
        but = f"but {self.value!r} in the checkpoint, where {self.key} is {self.shape}"
        if self.axis is None:
            return but
        needed = [*self.shape[: self.axis], given, *self.shape[self.axis + 1 :]]
        return f"{but}, not ({', '.join(map(str, needed))})"


def check_kind(states: Mapping[str, State], wanted: str, checkpoint: Path) -> None:
    """ValueError where the file holds networks of another kind than `wanted`."""
    heads = {key.split(".")[0] for state in states.values() for key in state}
    kind = next((kind for head, kind in _KINDS.items() if head in heads), wanted)
    if kind != wanted:
        raise ValueError(f"{checkpoint} holds {kind}, not {wanted}.")


def generators_told(states: Mapping[str, State], encoder: str) -> dict[str, Told]:
    """The config's values, by key, that the generators of both domains tell."""
    state = states["a"]
    first = f"{encoder}.model.0.conv.weight"
    downs = numbers(state, rf"{encoder}\.model\.(\d+)\.conv\.weight$")
    blocks = numbers(state, rf"{encoder}\.model\.\d+\.model\.(\d+)\.")
    last_block = f"{encoder}.model.{len(downs)}.model.{len(blocks) - 1}.model.1.conv.weight"
    last_down = f"{encoder}.model.{len(downs) - 1}.conv.weight"
    return {
        "gen.dim": _size("a", state, first, 0),
        "gen.n_downsample": _count("a", state, last_down, len(downs) - 1),
        "gen.n_res": _count("a", state, last_block if blocks else first, len(blocks)),
        **{f"input_dim_{name}": _size(name, states[name], first, 1) for name in states},
        **_activation(state, "gen"),
    }


def styles_told(state: State) -> dict[str, Told]:
    """The same of what only MUNIT's generators have."""
    first = "mlp.model.0.fc.weight"
    return {
        "gen.style_dim": _size("a", state, first, 1),
        "gen.mlp_dim": _size("a", state, first, 0),
    }


def critic_told(state: State, domain: str) -> dict[str, Told]:
    """The config's values, by key, that the discriminator of a domain tells."""
    scales, layers = numbers(state, r"cnns\.(\d+)\."), numbers(state, r"cnns\.0\.(\d+)\.")
    first, last = "cnns.0.0.conv.weight", f"cnns.0.{len(layers) - 1}.weight"
    last_scale = f"cnns.{len(scales) - 1}.0.conv.weight"
    return {
        "dis.dim": _size(domain, state, first, 0),
        "dis.n_layer": _count(domain, state, last, len(layers) - 1),
        "dis.num_scales": _count(domain, state, last_scale, len(scales)),
        f"input_dim_{domain}": _size(domain, state, first, 1),
        **_activation(state, "dis"),
        **_norm(domain, state),
    }


def _norm(domain: str, state: State) -> dict[str, Told]:
    """The first block has none, the others all have the same."""
    for sign, norm in _NORM_SIGNS.items():
        if f"cnns.0.1.{sign}" in state:
            seen = _count(domain, state, f"cnns.0.1.{sign}", 0)
            return {"dis.norm": seen._replace(value=norm)}
    return {}


def _activation(state: State, section: str) -> dict[str, Told]:
    """PReLU is the one activation with a parameter."""
    key = next((key for key in state if key.endswith(".activation.weight")), None)
    if key is None:
        return {}
    return {f"{section}.activ": Told("prelu", key, tuple(state[key].shape))}


def _size(domain: str, state: State, key: str, axis: int) -> Told:
    seen = _count(domain, state, key, 0)
    if len(seen.shape) <= axis:
        raise ValueError(f"{seen.key} is {seen.shape} in the checkpoint: no layer's weight.")
    return seen._replace(value=seen.shape[axis], axis=axis)


def _count(domain: str, state: State, key: str, value: int) -> Told:
    if key not in state:
        raise ValueError(f"{domain}: {key} is missing: the file holds no such network of NVlabs.")
    return Told(value, f"{domain}: {key}", tuple(state[key].shape))
