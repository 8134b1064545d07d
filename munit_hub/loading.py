"""A folder or a Hub repository -> the model in it, of the class that its config names."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError

from munit_hub.modeling_bicyclegan import BicycleGanModel
from munit_hub.modeling_cyclegan import CycleGanModel
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_unit import UnitModel

MODELS = {
    "BicycleGanModel": BicycleGanModel,
    "CycleGanModel": CycleGanModel,
    "MunitModel": MunitModel,
    "UnitModel": UnitModel,
}
Model = BicycleGanModel | CycleGanModel | MunitModel | UnitModel
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


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
    place = os.fspath(path_or_repo)
    weights = f"diffusion_pytorch_model.{variant + '.' if variant else ''}safetensors"
    if Path(place).exists():
        folder = Path(place, subfolder or "")
        _check_folder(folder, weights)
    else:
        fetch = partial(
            hf_hub_download,
            subfolder=subfolder,
            revision=revision,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
            force_download=force_download,
            token=token,
        )
        folder = _fetched_folder(place, ("config.json", weights), fetch)
    return _read_weights(_class_in(folder), folder, variant, torch_dtype)


def _check_folder(folder: Path, weights: str) -> None:
    if folder.is_file():
        raise ValueError(_refusal_of_file(folder))
    if not folder.is_dir():
        raise ValueError(f"{folder} does not exist; a folder with a model is needed.")
    if (folder / "config.json").is_file() and (folder / weights).is_file():
        return
    pickles = sorted(file for file in folder.iterdir() if file.suffix in _PICKLES)
    if pickles and not (folder / weights).is_file():
        raise ValueError(_refusal_of_file(pickles[0]))
    raise ValueError(f"{folder} must hold both config.json and {weights}.")


def _refusal_of_file(file: Path) -> str:
    if file.suffix in _PICKLES:
        return f"{file} is a pickle, which can run any code; only .safetensors files are loaded."
    return f"{file} is a file; the folder with config.json and .safetensors is needed."


def _fetched_folder(repo: str, names: Sequence[str], fetch: Callable[..., str]) -> Path:
    """Where the files of a Hub repository lie, downloaded unless the cache has them."""
    missing = f"{repo} does not exist here; a model's folder or a Hub id is needed."
    if repo.startswith((".", "~", os.sep)):
        raise ValueError(missing)
    try:
        return [Path(fetch(repo, name)) for name in names][-1].parent
    except HFValidationError:
        raise ValueError(missing) from None
    except LocalEntryNotFoundError as error:
        raise ValueError(
            f"{repo} is neither a folder here nor in the cache, and the Hub gives no answer."
        ) from error
    except EntryNotFoundError as error:
        raise ValueError(
            f"{repo} on the Hub must hold both {' and '.join(names)}; no pickle is loaded."
        ) from error
    except OSError as error:
        raise ValueError(f"{repo} cannot be had from the Hub: {_first_line(error)}") from error


def _class_in(folder: Path) -> type[Model]:
    try:
        name = json.loads((folder / "config.json").read_text(encoding="utf-8"))["_class_name"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / 'config.json'} is not the config of a model.") from error
    if name not in MODELS:
        raise ValueError(
            f"{folder / 'config.json'} names the class {name!r}; known are {', '.join(MODELS)}."
        )
    return MODELS[name]


def _read_weights(
    model_class: type[Model], folder: Path, variant: str | None, torch_dtype: torch.dtype
) -> Model:
    try:
        model, info = model_class.from_pretrained(
            folder,
            variant=variant,
            torch_dtype=torch_dtype,
            use_safetensors=True,
            output_loading_info=True,
            low_cpu_mem_usage=False,  # which needs accelerate, for models far larger than ours
        )
    except Exception as error:  # a damaged file or a config that does not fit, in many forms
        raise ValueError(f"{folder} cannot be loaded: {_first_line(error)}") from error
    for keys in ("missing_keys", "unexpected_keys"):
        if info[keys]:
            raise ValueError(
                f"{folder} has weights that do not fit its config.json: "
                f"{len(info[keys])} {keys.replace('_', ' ')}, such as {sorted(info[keys])[0]}."
            )
    loaded: Model = model
    return loaded


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]
