"""Weights of feature networks: a safetensors file, its folder, or a Hub repository."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from munit_hub.hub_errors import first_line


def read_weights(path_or_repo: str | Path, file_name: str) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of `file_name` in a folder or a Hub repository.

    ValueError where there is no such file, or it is a pickle; it says how to get it.
    """
    path = Path(path_or_repo)
    path = path / file_name if path.is_dir() else path
    if not path.is_file():
        path = _download(str(path_or_repo), file_name)
    if path.suffix != ".safetensors":
        raise ValueError(f"{path} is no .safetensors file; pickled weights are not loaded.")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged or no safetensors file: {error}.") from None


def _download(repo: str, file_name: str) -> Path:
    if repo.count("/") != 1 or Path(repo).suffix == ".safetensors" or Path(repo).is_absolute():
        raise ValueError(f"{repo} is no {file_name}; give that file, its folder or a Hub id.")
    try:
        return Path(hf_hub_download(repo, file_name))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ValueError(
            f"{file_name} of {repo} cannot be had ({first_line(error)}); where there is a network, "
            f"run `hf download {repo} {file_name} --local-dir FOLDER`, and give FOLDER instead."
        ) from None
