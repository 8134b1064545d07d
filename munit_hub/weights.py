"""A folder or a Hub repository -> the folder with its config and safetensors; never a pickle."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
)

from munit_hub.hub_errors import HUB_ERRORS, hub_sentence, told_of

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def find_model(
    path_or_repo: str | os.PathLike[str],
    subfolder: str | None = None,
    variant: str | None = None,
    **fetching: Any,
) -> Path:
    """The folder that holds config.json and the safetensors, downloaded unless it is here.

    `fetching` goes to `hf_hub_download`. ValueError names what is missing, or refused.
    """
    place = os.fspath(path_or_repo)
    weights = weights_name(variant)
    if Path(place).exists():
        folder = Path(place, subfolder or "")
    else:
        fetch = partial(hf_hub_download, subfolder=subfolder, **fetching)
        folder = _fetched_folder(place, ("config.json", weights), fetch)
    _check_folder(folder, weights)
    return folder


def weights_name(variant: str | None = None) -> str:
    """The file of the weights, or of a variant of them such as fp16."""
    return f"diffusion_pytorch_model.{variant + '.' if variant else ''}safetensors"


def whole_repository(repo: str, commit: str) -> Path:
    """The folder with all files of a commit of a repository of the Hub, but without pickles."""
    patterns = [f"*{suffix}" for suffix in PICKLES]
    with told_of(repo):
        return Path(snapshot_download(repo, revision=commit, ignore_patterns=patterns))


def find_card(path_or_repo: str, folder: Path) -> str | None:
    """The README.md of a model whose folder was found; None where it has none to be had."""
    path = folder / "README.md"
    try:
        if not path.exists() and not Path(path_or_repo).exists():
            path = Path(hf_hub_download(path_or_repo, path.name, revision=folder.name))
        return path.read_text(encoding="utf-8", errors="replace")
    except HUB_ERRORS:
        return None


def _check_folder(folder: Path, weights: str) -> None:
    if folder.is_file():
        raise ValueError(_refusal_of_file(folder))
    if not folder.is_dir():
        raise ValueError(f"{folder} does not exist; a folder with a model is needed.")
    # diffusers prefers an index to the weights beside it, and an index can name pickles.
    for index in folder.glob("diffusion_pytorch_model*.index*.json"):
        raise ValueError(f"{index} splits the weights; only a single .safetensors file is loaded.")
    if (folder / "config.json").is_file() and (folder / weights).is_file():
        return
    pickles = sorted(file for file in folder.iterdir() if file.suffix in PICKLES)
    if pickles and not (folder / weights).is_file():
        raise ValueError(_refusal_of_file(pickles[0]))
    raise ValueError(f"{folder} must hold both config.json and {weights}; nothing else is loaded.")


def _refusal_of_file(file: Path) -> str:
    if file.suffix in PICKLES:
        return f"{file} is a pickle, which can run any code; only .safetensors files are loaded."
    return f"{file} is a file; the folder with config.json and .safetensors is needed."


def _fetched_folder(repo: str, names: Sequence[str], fetch: partial[str]) -> Path:
    """Where the files of a Hub repository lie, downloaded unless the cache has them."""
    missing = f"{repo} does not exist here; a model's folder or a Hub id is needed."
    if repo.startswith((".", "~", os.sep)):
        raise ValueError(missing)
    try:
        return _fetched_from_one_commit(repo, names, fetch)
    except HFValidationError:
        raise ValueError(missing) from None
    except LocalEntryNotFoundError as error:
        if isinstance(error.__cause__, HfHubHTTPError):  # an answer, though not the file
            raise ValueError(hub_sentence(repo, error)) from error
        raise ValueError(
            f"{repo} is neither a folder here nor in the cache, and the Hub gives no answer."
        ) from error
    except EntryNotFoundError as error:
        raise ValueError(
            f"{repo} on the Hub must hold both {' and '.join(names)}; no pickle is loaded."
        ) from error
    except ValueError as error:  # of force_download, whose reason is the cause
        if error.__cause__ is None:
            raise
        raise ValueError(hub_sentence(repo, error)) from error
    except HUB_ERRORS as error:
        raise ValueError(hub_sentence(repo, error)) from error


def _fetched_from_one_commit(repo: str, names: Sequence[str], fetch: partial[str]) -> Path:
    """The folder of the files, all of the commit of the first: a push may come in between."""
    first, *others = names
    folder = Path(fetch(repo, first)).parent
    at = folder.parts[: len(folder.parts) - len(Path(fetch.keywords["subfolder"] or "").parts)][-1]
    for name in others:
        fetch(repo, name, revision=at)
    return folder
