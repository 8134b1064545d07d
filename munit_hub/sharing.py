"""A folder with a model -> a repository on the Hub, with a card."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo, CommitOperationAdd, HfApi
from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError

from munit_hub.fitting import read_config
from munit_hub.hub_errors import told_of
from munit_hub.model_card import addressed, card_of, is_ours
from munit_hub.papers import PAPERS

logger = logging.getLogger(__name__)

CARD = "README.md"
# What a model consists of. Anything else in its folder is nobody's business: a training run leaves
# its command line, paths of its machine and pictures of its data there.
_SHARED = ("config.json", "*.safetensors", "discriminator.json", CARD)


def push_folder(
    folder: str | os.PathLike[str],
    repo_id: str,
    *,
    private: bool | None = None,
    token: str | bool | None = None,
    revision: str | None = None,
    commit_message: str | None = None,
    create_pr: bool = False,
    subfolder: str | None = None,
    card: Mapping[str, Any] | None = None,
) -> CommitInfo:
    """Push a model's folder to a repository, made where there is none; the commit, as its address.

    `revision` is a branch, made where there is none. Only the model goes: config.json, safetensors,
    discriminator.json and README.md. Without a README.md the repository keeps its own, or else
    gets a card, of which `card` has the arguments (see `write_model_card`). A card that somebody
    edited on the Hub gives way to none that was generated. ValueError says what cannot be.
    """
    config, files = _model_in(Path(folder))
    # Read before the Hub is asked: what fails up to here is this machine's, and is told as that.
    mine = None if subfolder or CARD not in files else _card_here(files.pop(CARD))
    prefix = f"{subfolder}/" if subfolder else ""
    added = [CommitOperationAdd(prefix + name, path) for name, path in files.items()]
    with told_of(repo_id, write=True):
        api = HfApi(token=token)
        repo_id = _made(api, repo_id, private, revision)
        seen = None
        if not subfolder:  # where a README.md is as any other file
            seen = api.repo_info(repo_id, revision=revision).sha
            text = _chosen_card(mine, _card_at(api, repo_id, seen), config, repo_id, card or {})
            added += [CommitOperationAdd(CARD, text.encode())] if text is not None else []
        return api.create_commit(
            repo_id,
            added,
            commit_message=commit_message or "Upload model",
            revision=revision,
            create_pr=create_pr,
            parent_commit=seen,  # the commit is refused where the card was edited in between
        )


def _model_in(folder: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    """The config of a folder's model, and the files that are pushed by their names there."""
    config, files = read_config(folder), _shared_files(folder)
    if config["_class_name"] not in PAPERS:
        known = ", ".join(PAPERS)
        raise ValueError(f"{folder} holds a {config['_class_name']}; what is pushed is a {known}.")
    if not any(name.endswith(".safetensors") for name in files):
        raise ValueError(f"{folder} holds no .safetensors; save the model there before its push.")
    return config, files


def _made(api: HfApi, repo_id: str, private: bool | None, revision: str | None) -> str:
    """The whole id of the repository, which is there now, as is the branch."""
    try:
        made = api.create_repo(repo_id, private=private, exist_ok=True).repo_id
    except HFValidationError:
        raise ValueError(f"{repo_id!r} is no id of the Hub, such as your-name/model.") from None
    if revision:
        api.create_branch(made, branch=revision, exist_ok=True)
    return str(made)


def _shared_files(folder: Path) -> dict[str, Path]:
    """The files that are pushed, by their names."""
    found = sorted(path for pattern in _SHARED for path in folder.glob(pattern))
    return {p.name: p for p in found if p.is_file() and not p.name.startswith(".")}


def _card_here(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8; it is not pushed.") from error


def _card_at(api: HfApi, repo_id: str, commit: str | None) -> str | None:
    """The card of that very commit: of a branch an old one may come from the cache."""
    try:
        path = api.hf_hub_download(repo_id, CARD, revision=commit)
    except LocalEntryNotFoundError:  # the Hub did not answer: there may be one
        raise
    except EntryNotFoundError:
        return None
    return Path(path).read_text(encoding="utf-8")


def _chosen_card(
    mine: str | None,
    theirs: str | None,
    config: Mapping[str, Any],
    repo_id: str,
    card: Mapping[str, Any],
) -> str | None:
    """The card that goes to the Hub; None where the one that is there stays."""
    if mine is not None and not is_ours(mine):
        return mine
    if theirs is not None and not is_ours(theirs):
        logger.warning("%s keeps its card, which was edited there.", repo_id)
        return None
    if mine is not None:
        return addressed(mine, repo_id)
    if theirs is not None and not card:
        return None
    named = {"title": repo_id.split("/")[-1], "license": "unknown", "facts": {}}
    return card_of(config, repo_id, **(named | dict(card)))
