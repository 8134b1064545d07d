"""Checkpoints of the NVlabs implementations of MUNIT and UNIT."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from munit_hub.conversion.nvlabs_config import NORMS, Config, sample_size, settled
from munit_hub.conversion.nvlabs_names import critic_names, munit_names, unit_names
from munit_hub.conversion.nvlabs_shapes import (
    DISCRIMINATORS,
    MUNIT,
    UNIT,
    check_kind,
    critic_told,
    generators_told,
    styles_told,
)
from munit_hub.conversion.reading import State, fill, load_states, without_statistics
from munit_hub.discriminators import MultiScaleDiscriminator
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_unit import UnitModel

_PLACEHOLDER = re.compile(r"dec\..*\.running_(mean|var)$")


def convert_nvlabs_munit(
    checkpoint: Path,
    config: Config | None = None,
    domain_names: tuple[str, str] = ("a", "b"),
) -> MunitModel:
    """The MunitModel of an NVlabs `gen_*.pt` and its YAML config, already read into a dict.

    Sizes are read off the tensors; ValueError names what in the file or the config cannot be.
    """
    config = config or {}
    states = _networks(checkpoint, MUNIT)
    told = generators_told(states, "enc_content") | styles_told(states["a"])
    values = settled(config, told, "gen")
    model = MunitModel(
        **_shape_of(values, domain_names),
        sample_size=sample_size(config),
        style_dim=values["gen.style_dim"],
        mlp_width=values["gen.mlp_dim"],
    )
    _fill_both_domains(model, checkpoint, states, munit_names)
    return model


def convert_nvlabs_unit(
    checkpoint: Path,
    config: Config | None = None,
    domain_names: tuple[str, str] = ("a", "b"),
) -> UnitModel:
    """The UnitModel of an NVlabs `gen_*.pt` and its YAML config, already read into a dict.

    The public reference shares no blocks between its domains. ValueError as for MUNIT.
    """
    config = config or {}
    states = _networks(checkpoint, UNIT)
    values = settled(config, generators_told(states, "enc"), "gen")
    shape = _shape_of(values, domain_names)
    model = UnitModel(**shape, sample_size=sample_size(config), num_shared_blocks=0)
    _fill_both_domains(model, checkpoint, states, unit_names)
    return model


def convert_nvlabs_critics(
    checkpoint: Path, config: Config | None = None
) -> list[MultiScaleDiscriminator]:
    """The discriminators of an NVlabs `dis_*.pt`, one for each domain; ValueError as for MUNIT."""
    states = _networks(checkpoint, DISCRIMINATORS)
    told = {domain: critic_told(state, domain) for domain, state in states.items()}
    values = settled(config or {}, told["b"] | told["a"], "dis")
    critics = []
    for domain, state in states.items():
        critic = MultiScaleDiscriminator(
            channels=values[f"input_dim_{domain}"],
            base_width=values["dis.dim"],
            num_layers=values["dis.n_layer"],
            num_scales=values["dis.num_scales"],
            norm=NORMS[values["dis.norm"]],
            activation=values["dis.activ"],
            padding=values["dis.pad_type"],
        )
        if values["dis.norm"] == "in":
            state = without_statistics(state, f"{checkpoint}, {domain}")
        fill(critic, state, critic_names(state))
        critics.append(critic)
    return critics


def _networks(checkpoint: Path, kind: str) -> dict[str, State]:
    states = load_states(Path(checkpoint), "ab")
    check_kind(states, kind, checkpoint)
    return states


def _shape_of(values: dict[str, Any], domain_names: tuple[str, str]) -> dict[str, Any]:
    return {
        "channels": [values["input_dim_a"], values["input_dim_b"]],
        "domain_names": list(domain_names),
        "base_width": values["gen.dim"],
        "num_residual_blocks": values["gen.n_res"],
        "num_downsamples": values["gen.n_downsample"],
        "activation": values["gen.activ"],
        "padding": values["gen.pad_type"],
    }


def _fill_both_domains(
    model: nn.Module,
    checkpoint: Path,
    states: Mapping[str, State],
    names_of: Callable[[State, int], dict[str, str]],
) -> None:
    given: State = {}
    names: dict[str, str] = {}
    for index, (domain, state) in enumerate(states.items()):
        # AdaIN's placeholders in the reference: never read, and not statistics of anything.
        state = {key: t for key, t in state.items() if not _PLACEHOLDER.match(key)}
        state = without_statistics(state, f"{checkpoint}, {domain}")
        given |= {f"{domain}: {key}": tensor for key, tensor in state.items()}
        names |= {f"{domain}: {key}": ours for key, ours in names_of(state, index).items()}
    fill(model, given, names)
