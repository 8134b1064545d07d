"""The names that the NVlabs code gives to parameters, and this package's for the same ones."""

from __future__ import annotations

from munit_hub.conversion.reading import State, numbers, renamed

_SYSTEM = "MUNIT or UNIT"
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


def munit_names(state: State, domain: int) -> dict[str, str]:
    """The name in MunitModel for every parameter of one NVlabs MUNIT generator."""
    return _generator_names(state, domain, _MUNIT_NAMES)


def unit_names(state: State, domain: int) -> dict[str, str]:
    """The name in UnitModel for every parameter of one NVlabs UNIT generator."""
    return _generator_names(state, domain, _UNIT_NAMES)


def _generator_names(state: State, domain: int, names: list[tuple[str, str]]) -> dict[str, str]:
    *layers, last = numbers(state, r"dec\.model\.(\d+)\.", _SYSTEM)
    names = [(p, o.replace("{d}", str(domain))) for p, o in names]
    names.append((rf"dec\.model\.{last}\.", f"decoders.{domain}.out."))
    names += [
        (rf"dec\.model\.{layer}\.", f"decoders.{domain}.up.{(layer - 2) // 2}.")
        for layer in layers
        if layer > 0  # which are the residual blocks
    ]
    return renamed(state, names, _SYSTEM)


def critic_names(state: State) -> dict[str, str]:
    """The name in MultiScaleDiscriminator for every tensor of one NVlabs discriminator."""
    result = renamed(state, _CRITIC_NAMES, _SYSTEM)
    for old, new in result.items():
        for theirs, ours in _SPECTRAL_NAMES.items():
            if new.endswith(theirs):
                result[old] = new.removesuffix(theirs) + ours
    return result
