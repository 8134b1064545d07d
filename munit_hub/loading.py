"""A folder or a Hub repository -> the model in it, of the class that its config names."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from munit_hub.fitting import read_config
from munit_hub.modeling_bicyclegan import BicycleGanModel
from munit_hub.modeling_cyclegan import CycleGanModel
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_tunit import TunitModel
from munit_hub.modeling_unit import UnitModel
from munit_hub.weights import find_model

MODELS = {
    "BicycleGanModel": BicycleGanModel,
    "CycleGanModel": CycleGanModel,
    "MunitModel": MunitModel,
    "TunitModel": TunitModel,
    "UnitModel": UnitModel,
}
Model = BicycleGanModel | CycleGanModel | MunitModel | TunitModel | UnitModel


def load_model(
    path_or_repo: str | os.PathLike[str],
    *,
    subfolder: str | None = None,
    revision: str | None = None,
    variant: str | None = None,
    torch_dtype: torch.dtype = torch.float32,
    cache_dir: str | os.PathLike[str] | None = None,
    local_files_only: bool = False,
    force_download: bool = False,
    token: str | bool | None = None,
) -> Model:
    """The model of a local folder or a Hub repository, in evaluation mode on the CPU.

    Half-precision files are loaded as `torch_dtype`. Weights come from safetensors only.
    ValueError names what is missing, unknown or does not fit.
    """
    folder = find_model(
        path_or_repo,
        subfolder,
        variant,
        revision=revision,
        cache_dir=cache_dir,
        local_files_only=local_files_only,
        force_download=force_download,
        token=token,
    )
    model: Model = _class_in(folder).from_pretrained(
        folder, variant=variant, torch_dtype=torch_dtype
    )
    return model


def _class_in(folder: Path) -> type[Model]:
    name = read_config(folder)["_class_name"]
    if name not in MODELS:
        raise ValueError(
            f"{folder / 'config.json'} names the class {name!r}; known are {', '.join(MODELS)}."
        )
    return MODELS[name]
