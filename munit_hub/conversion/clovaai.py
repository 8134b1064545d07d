"""Checkpoints of the clovaai implementation of TUNIT: `model_*.ckpt`, without a config."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from munit_hub.conversion.reading import State, fill, load_states, numbers, renamed
from munit_hub.domain_discriminator import DomainDiscriminator
from munit_hub.domains import listed
from munit_hub.modeling_tunit import TunitModel

_SYSTEM = "TUNIT"
_PLACEHOLDER = re.compile(r"decoder\..*\.running_(mean|var)$")
# The reference's names, in the order they are tried, and ours.
_ENCODER = r"cnt_encoder\.model"
_ENCODED = _ENCODER + r"\.(\d+)\.model\.(\d+)\.model"
_DECODED = r"decoder\.model\.0\.model\.(\d+)\.model"
_GENERATOR_NAMES = [
    (_ENCODED + r"\.0\.", r"content_encoder.residual.\2.first."),
    (_ENCODED + r"\.1\.", r"content_encoder.residual.\2.second."),
    (_ENCODER + r"\.(\d+)\.", r"content_encoder.down.\1."),
    (_DECODED + r"\.0\.", r"decoder.residual.\1.first."),
    (_DECODED + r"\.1\.", r"decoder.residual.\1.second."),
    (r"mlp\.model\.(\d+)\.fc\.", r"style_mlp.layers.\1."),
]
_CRITIC_PARTS = {
    "norm1": "first_norm",
    "norm2": "second_norm",
    "conv1": "first",
    "conv2": "second",
    "conv1x1": "shortcut",
}


class Networks(NamedTuple):
    """The keys of the generator and the guiding network in a checkpoint."""

    generator: str
    guide: str


AVERAGED = Networks("G_EMA_state_dict", "C_EMA_state_dict")
TRAINED = Networks("G_state_dict", "C_state_dict")
CRITIC = "D_state_dict"


def convert_clovaai_tunit(
    checkpoint: Path, networks: Networks = AVERAGED, domain_names: Sequence[str] = ()
) -> TunitModel:
    """The TunitModel of a clovaai `model_*.ckpt`, everything read off its tensors.

    `networks` are the moving averages that inference uses, or TRAINED for going on with training;
    `domain_names` are the numbers from 0 where none are given. The mean styles of the domains are
    in no checkpoint: `measure_domains` finds them. ValueError names what does not fit.
    """
    states = load_states(Path(checkpoint), [*networks, CRITIC])
    generator, guide = (states[name] for name in networks)
    num_domains, channels = (
        len(_weight(guide, "disc")),
        _weight(generator, "cnt_encoder.model.0.conv"),
    )
    names = list(domain_names) or [str(domain) for domain in range(num_domains)]
    if len(names) != num_domains:
        raise ValueError(
            f"{checkpoint} has {num_domains} domains, which cannot be named {listed(names)}."
        )
    model = TunitModel(
        channels=[channels.shape[1]] * num_domains,
        domain_names=names,
        sample_size=_critic_shape(states[CRITIC])["image_size"],
        **_generator_shape(generator),
        guide_width=len(_weight(guide, "features.0")),
        style_dim=len(_weight(guide, "cont")),
    )
    fill(model.generator, generator, generator_names(generator))
    fill(model.guiding, guide, guide_names(guide))
    return model.eval()


def convert_clovaai_critic(checkpoint: Path) -> DomainDiscriminator:
    """The discriminator of a clovaai `model_*.ckpt`."""
    state = load_states(Path(checkpoint), [CRITIC])[CRITIC]
    critic = DomainDiscriminator(**_critic_shape(state))
    fill(critic, state, critic_names(state))
    return critic


def _generator_shape(state: State) -> dict[str, int]:
    return {
        "base_width": len(_weight(state, "cnt_encoder.model.0.conv")),
        "num_downsamples": len(numbers(state, _ENCODER + r"\.(\d+)\.conv\.", _SYSTEM)) - 1,
        "num_residual_blocks": len(numbers(state, _DECODED, _SYSTEM)),
        "mlp_width": len(_weight(state, "mlp.model.0.fc")),
    }


def _critic_shape(state: State) -> dict[str, int]:
    stem, heads = _weight(state, "main.0"), max(numbers(state, r"main\.(\d+)\.", _SYSTEM))
    # The stem, two blocks for each halving, an activation, the last map's layer, another one.
    halvings = (heads - 4) // 2
    return {
        "image_size": 4 * 2**halvings,
        "num_domains": len(_weight(state, f"main.{heads}")),
        "channels": stem.shape[1],
        "base_width": len(stem),
        "max_width": _weight(state, f"main.{heads}").shape[1],
    }


def generator_names(state: State) -> dict[str, str]:
    """The name in TunitGenerator for every parameter of the reference's generator."""
    layers = numbers(state, r"decoder\.model\.(\d+)\.conv\.", _SYSTEM)
    names = [*_GENERATOR_NAMES, (rf"decoder\.model\.{max(layers)}\.", "decoder.out.")]
    # After the residual blocks an upsampling, which holds nothing, before each convolution.
    names += [
        (rf"decoder\.model\.{layer}\.", f"decoder.up.{(layer - 2) // 2}.") for layer in layers
    ]
    # AdaIN's placeholders in the reference: never read, and not statistics of anything.
    return renamed({k: t for k, t in state.items() if not _PLACEHOLDER.match(k)}, names, _SYSTEM)


def guide_names(state: State) -> dict[str, str]:
    """The name in GuidingNetwork for every tensor of the reference's guiding network."""
    names = [(r"disc\.", "logits."), (r"cont\.", "style.")]
    convolutions = [
        n for n in numbers(state, r"features\.(\d+)\.", _SYSTEM) if _is_convolution(state, n)
    ]
    for index, layer in enumerate(convolutions):
        names.append((rf"features\.{layer}\.", f"trunk.{index}.conv."))
        names.append((rf"features\.{layer + 1}\.", f"trunk.{index}.norm."))
    return renamed(state, names, _SYSTEM)


def critic_names(state: State) -> dict[str, str]:
    """The name in DomainDiscriminator for every parameter of the reference's discriminator."""
    *_, whole, heads = numbers(state, r"main\.(\d+)\.", _SYSTEM)
    names = [(r"main\.0\.", "stem.")]
    names += [(rf"main\.{whole}\.", "whole."), (rf"main\.{heads}\.", "heads.")]
    for block in numbers(state, r"main\.(\d+)\.conv1\.", _SYSTEM):
        names += [
            (rf"main\.{block}\.{theirs}\.", f"blocks.{block - 1}.{ours}.")
            for theirs, ours in _CRITIC_PARTS.items()
        ]
    return renamed(state, names, _SYSTEM)


def _is_convolution(state: State, layer: int) -> bool:
    return _weight(state, f"features.{layer}").ndim == 4


def _weight(state: State, layer: str) -> Tensor:
    if f"{layer}.weight" not in state:
        raise ValueError(f"{layer}.weight is missing: this is no checkpoint of TUNIT.")
    return state[f"{layer}.weight"]
