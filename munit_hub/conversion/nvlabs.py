"""Checkpoints of the NVlabs implementations of MUNIT and UNIT."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from munit_hub.conversion.reading import State, fill, load_states, without_statistics
from munit_hub.discriminators import MultiScaleDiscriminator
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_unit import UnitModel

# The NVlabs names, in the order they are tried, and ours. {d}: the domain's index.
_ENCODER_NAMES = [
    (r"{e}\.model\.(\d+)\.model\.(\d+)\.model\.0\.", r"{ours}.{d}.residual.\2.first."),
    (r"{e}\.model\.(\d+)\.model\.(\d+)\.model\.1\.", r"{ours}.{d}.residual.\2.second."),
    (r"{e}\.model\.(\d+)\.", r"{ours}.{d}.down.\1."),
]
_RESIDUAL = r"dec\.model\.0\.model\.(\d+)\.model"
_DECODER_NAMES = [
    (_RESIDUAL + r"\.0\.", r"decoders.{d}.residual.\1.first."),
    (_RESIDUAL + r"\.1\.", r"decoders.{d}.residual.\1.second."),
]
_MUNIT_NAMES = [
    *(
        (p.replace("{e}", "enc_content"), o.replace("{ours}", "content_encoders"))
        for p, o in _ENCODER_NAMES
    ),
    (r"enc_style\.model\.(\d+)\.(weight|bias)$", r"style_encoders.{d}.project.\2"),
    (r"enc_style\.model\.(\d+)\.", r"style_encoders.{d}.down.\1."),
    (r"mlp\.model\.([01])\.activation\.", r"style_mlps.{d}.activations.\1."),
    (r"mlp\.model\.(\d+)\.fc\.", r"style_mlps.{d}.layers.\1."),
    # With AdaIN between them, the activation belongs to the block and not to its convolution.
    (_RESIDUAL + r"\.0\.activation\.", r"decoders.{d}.residual.\1.activation."),
    *_DECODER_NAMES,
]
_UNIT_NAMES = [
    *((p.replace("{e}", "enc"), o.replace("{ours}", "encoders")) for p, o in _ENCODER_NAMES),
    *_DECODER_NAMES,
]
_CRITIC_NAMES = [
    (r"cnns\.(\d+)\.(\d+)\.(weight|bias)$", r"scales.\1.out.\3"),
    (r"cnns\.(\d+)\.(\d+)\.", r"scales.\1.blocks.\2."),
]
_SPECTRAL_NAMES = {
    "conv.module.weight_bar": "conv.weight",
    "conv.module.weight_u": "conv.left",
    "conv.module.weight_v": "conv.right",
    "conv.module.bias": "conv.bias",
}
_PLACEHOLDER = re.compile(r"dec\..*\.running_(mean|var)$")
_NORMS = {"none": "none", "in": "instance", "ln": "layer", "bn": "batch", "sn": "spectral"}


def munit_names(state: State, domain: int) -> dict[str, str]:
    """The name in MunitModel for every parameter of one NVlabs MUNIT generator."""
    return _generator_names(state, domain, _MUNIT_NAMES)


def unit_names(state: State, domain: int) -> dict[str, str]:
    """The name in UnitModel for every parameter of one NVlabs UNIT generator."""
    return _generator_names(state, domain, _UNIT_NAMES)


def _generator_names(state: State, domain: int, names: list[tuple[str, str]]) -> dict[str, str]:
    decoder = {int(match[1]) for key in state if (match := re.match(r"dec\.model\.(\d+)\.", key))}
    last = max(decoder)
    names = [(p, o.replace("{d}", str(domain))) for p, o in names]
    names.append((rf"dec\.model\.{last}\.", f"decoders.{domain}.out."))
    names += [
        (rf"dec\.model\.{layer}\.", f"decoders.{domain}.up.{(layer - 2) // 2}.")
        for layer in sorted(decoder - {0, last})
    ]
    return _renamed(state, names)


def critic_names(state: State) -> dict[str, str]:
    """The name in MultiScaleDiscriminator for every tensor of one NVlabs discriminator."""
    renamed = _renamed(state, _CRITIC_NAMES)
    for old, new in renamed.items():
        for theirs, ours in _SPECTRAL_NAMES.items():
            if new.endswith(theirs):
                renamed[old] = new.removesuffix(theirs) + ours
    return renamed


def _renamed(state: State, names: list[tuple[str, str]]) -> dict[str, str]:
    result = {}
    for key in state:
        pattern, ours = next(((p, o) for p, o in names if re.match(p, key)), (None, None))
        if pattern is None or ours is None:
            raise ValueError(f"{key} is no parameter of a public MUNIT or UNIT checkpoint.")
        result[key] = re.sub(pattern, ours, key, count=1)
    return result


def convert_nvlabs_munit(
    checkpoint: Path,
    config: dict[str, Any],
    domain_names: tuple[str, str] = ("a", "b"),
) -> MunitModel:
    """The MunitModel of an NVlabs `gen_*.pt` and its YAML config, already read into a dict."""
    gen = config["gen"]
    model = MunitModel(
        **_shape_of(config, domain_names), style_dim=gen["style_dim"], mlp_width=gen["mlp_dim"]
    )
    _fill_both_domains(model, checkpoint, munit_names)
    return model


def convert_nvlabs_unit(
    checkpoint: Path,
    config: dict[str, Any],
    domain_names: tuple[str, str] = ("a", "b"),
) -> UnitModel:
    """The UnitModel of an NVlabs `gen_*.pt` and its YAML config, already read into a dict.

    The public reference shares no blocks between its domains.
    """
    model = UnitModel(**_shape_of(config, domain_names), num_shared_blocks=0)
    _fill_both_domains(model, checkpoint, unit_names)
    return model


def _shape_of(config: dict[str, Any], domain_names: tuple[str, str]) -> dict[str, Any]:
    gen = config["gen"]
    return {
        "channels": [config["input_dim_a"], config["input_dim_b"]],
        "domain_names": list(domain_names),
        "base_width": gen["dim"],
        "num_residual_blocks": gen["n_res"],
        "num_downsamples": gen["n_downsample"],
        "activation": gen["activ"],
        "padding": gen["pad_type"],
        "sample_size": config.get("crop_image_height"),
    }


def _fill_both_domains(
    model: nn.Module, checkpoint: Path, names_of: Callable[[State, int], dict[str, str]]
) -> None:
    given: State = {}
    names: dict[str, str] = {}
    for index, (domain, state) in enumerate(load_states(Path(checkpoint), "ab").items()):
        # AdaIN's placeholders in the reference: never read, and not statistics of anything.
        state = {key: t for key, t in state.items() if not _PLACEHOLDER.match(key)}
        state = without_statistics(state, f"{checkpoint}, {domain}")
        given |= {f"{domain}: {key}": tensor for key, tensor in state.items()}
        names |= {f"{domain}: {key}": ours for key, ours in names_of(state, index).items()}
    fill(model, given, names)


def convert_nvlabs_critics(
    checkpoint: Path, config: dict[str, Any]
) -> list[MultiScaleDiscriminator]:
    """The discriminators of an NVlabs `dis_*.pt`, one for each domain."""
    dis = config["dis"]
    critics = []
    for domain, state in load_states(Path(checkpoint), "ab").items():
        critic = MultiScaleDiscriminator(
            channels=config[f"input_dim_{domain}"],
            base_width=dis["dim"],
            num_layers=dis["n_layer"],
            num_scales=dis["num_scales"],
            norm=_NORMS[dis["norm"]],
            activation=dis["activ"],
            padding=dis["pad_type"],
        )
        if dis["norm"] == "in":
            state = without_statistics(state, f"{checkpoint}, {domain}")
        fill(critic, state, critic_names(state))
        critics.append(critic)
    return critics
