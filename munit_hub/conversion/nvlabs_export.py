"""The way back: a MunitModel as a checkpoint and a config that the NVlabs code reads."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
import yaml

from munit_hub.conversion.reading import State
from munit_hub.encoders import STYLE_DOWNSAMPLES
from munit_hub.modeling_munit import MunitModel

_ADAIN = re.compile(r"dec\.model\.0\.model\.\d+\.model\.[01]\.conv\.bias$")
# What their trainer reads besides, as the paper has it (Huang et al. 2018, section 5.1).
_PUBLISHED = {
    "dis": {
        "dim": 64,
        "norm": "none",
        "activ": "lrelu",
        "n_layer": 4,
        "gan_type": "lsgan",
        "num_scales": 3,
        "pad_type": "reflect",
    },
    "max_iter": 1000000,
    "batch_size": 1,
    "lr": 0.0001,
    "beta1": 0.5,
    "beta2": 0.999,
    "weight_decay": 0.0001,
    "init": "kaiming",
    "lr_policy": "step",
    "step_size": 100000,
    "gamma": 0.5,
    "gan_w": 1,
    "recon_x_w": 10,
    "recon_s_w": 1,
    "recon_c_w": 1,
    "recon_x_cyc_w": 10,
    "vgg_w": 0,
    "image_save_iter": 10000,
    "image_display_iter": 500,
    "snapshot_save_iter": 10000,
    "log_iter": 10,
    "display_size": 16,
    "num_workers": 8,
}
_HEAD = """\
# For the model in {name}: `gen`, `input_dim_*` and the sizes of pictures are its own. The rest is
# the published setting, without which the NVlabs scripts do not start; it tells nothing of how
# the model was trained.
"""


def export_nvlabs_munit(model: MunitModel) -> dict[str, State]:
    """The states of the generators `a` and `b`, as an NVlabs `gen_*.pt` holds them.

    Converted again they are the same model. The placeholders of AdaIN (means of 0, variances of
    1), which their strict loading asks for and nothing reads, are made anew. ValueError where the
    model has not two domains, as that format has.
    """
    if len(model.config.domain_names) != 2:
        names = ", ".join(model.config.domain_names)
        raise ValueError(f"The NVlabs format has two domains, and this model has {names}.")
    rules = _rules(model.config.num_downsamples)
    states: dict[str, State] = {"a": {}, "b": {}}
    for ours, tensor in model.state_dict().items():
        network, domain, rest = ours.split(".", 2)
        states["ab"[int(domain)]][_theirs(f"{network}.{rest}", rules)] = tensor.detach().cpu()
    return {domain: state | _placeholders(state) for domain, state in states.items()}


def nvlabs_config(model: MunitModel) -> dict[str, Any]:
    """The config of the NVlabs code for a model: its architecture, and the published setting."""
    config = model.config
    size = config.sample_size or 256
    return {
        "gen": {
            "dim": config.base_width,
            "mlp_dim": config.mlp_width,
            "style_dim": config.style_dim,
            "activ": config.activation,
            "n_downsample": config.num_downsamples,
            "n_res": config.num_residual_blocks,
            "pad_type": config.padding,
        },
        "input_dim_a": config.channels[0],
        "input_dim_b": config.channels[1],
        "new_size": size,
        "crop_image_height": size,
        "crop_image_width": size,
        **deepcopy(_PUBLISHED),
    }


def write_nvlabs_munit(model: MunitModel, path: Path) -> Path:
    """Write a model as an NVlabs checkpoint, and return the config's path: its name with .yaml."""
    states, config = export_nvlabs_munit(model), nvlabs_config(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        torch.save(states, file)
    text = _HEAD.format(name=path.name) + yaml.safe_dump(config, sort_keys=False)
    path.with_suffix(".yaml").write_text(text, encoding="utf-8")
    return path.with_suffix(".yaml")


def _rules(downsamples: int) -> list[tuple[str, str]]:
    """This package's names, without the domain's index, and the NVlabs names."""
    content = rf"enc_content.model.{downsamples + 1}.model.\1.model"
    decoder = r"dec.model.0.model.\1.model"
    return [
        (r"content_encoders\.down\.(\d+)\.", r"enc_content.model.\1."),
        (r"content_encoders\.residual\.(\d+)\.first\.", rf"{content}.0."),
        (r"content_encoders\.residual\.(\d+)\.second\.", rf"{content}.1."),
        (r"style_encoders\.down\.(\d+)\.", r"enc_style.model.\1."),
        (r"style_encoders\.project\.", rf"enc_style.model.{STYLE_DOWNSAMPLES + 2}."),
        (r"style_mlps\.layers\.(\d+)\.", r"mlp.model.\1.fc."),
        (r"style_mlps\.activations\.(\d+)\.", r"mlp.model.\1.activation."),
        (r"decoders\.residual\.(\d+)\.first\.", rf"{decoder}.0."),
        (r"decoders\.residual\.(\d+)\.second\.", rf"{decoder}.1."),
        (r"decoders\.residual\.(\d+)\.activation\.", rf"{decoder}.0.activation."),
        *((rf"decoders\.up\.{i}\.", f"dec.model.{2 * i + 2}.") for i in range(downsamples)),
        (r"decoders\.out\.", f"dec.model.{2 * downsamples + 1}."),
    ]


def _theirs(ours: str, rules: list[tuple[str, str]]) -> str:
    pattern, theirs = next((p, t) for p, t in rules if re.match(p, ours))
    return re.sub(pattern, theirs, ours, count=1)


def _placeholders(state: State) -> State:
    """The statistics that AdaIN layers register in the reference, next to each convolution."""
    made: State = {}
    for key, bias in state.items():
        if _ADAIN.match(key):
            norm = key.removesuffix("conv.bias") + "norm"
            made[f"{norm}.running_mean"] = torch.zeros_like(bias)
            made[f"{norm}.running_var"] = torch.ones_like(bias)
    return made
