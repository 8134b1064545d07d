"""A folder with a model -> a repository on the Hub, with a card."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo, CommitOperationAdd, HfApi
from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError

from munit_hub.fitting import read_config
from munit_hub.hub_errors import told_of
from munit_hub.model_card import addressed, card_of, is_ours
from munit_hub.papers import PAPERS
from munit_hub.weights import PICKLES

logger = logging.getLogger(__name__)

CARD = "README.md"
# What a training run leaves beside its model, and a card that was set aside.
_NOT_SHARED = {"checkpoints", "samples", "tensorboard", "README.generated.md"}


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

    `revision` is a branch, made where there is none. Pickles, hidden files, checkpoints and logs
    stay here. The folder's README.md goes along; without one the repository keeps its own, or else
    gets a card, of which `card` has the arguments (see `write_model_card`). A card that somebody
    edited on the Hub gives way to none that was generated. ValueError says what cannot be.
    """
    place = Path(folder)
    config, files = _model_in(place)
    prefix = f"{subfolder}/" if subfolder else ""
    with told_of(repo_id, write=True):
        api = HfApi(token=token)
        repo_id = _made(api, repo_id, private, revision)
        content: dict[str, Path | bytes] = {prefix + name: path for name, path in files.items()}
        if not subfolder:  # where a README.md is as any other file
            mine = files[CARD].read_text(encoding="utf-8") if CARD in files else None
            theirs = _card_there(api, repo_id, revision)
            text = _chosen_card(mine, theirs, config, repo_id, card or {})
            content.pop(CARD, None)
            content |= {CARD: text.encode()} if text is not None else {}
        return api.create_commit(
            repo_id,
            [CommitOperationAdd(name, data) for name, data in content.items()],
            commit_message=commit_message or "Upload model",
            revision=revision,
            create_pr=create_pr,
        )


def _model_in(folder: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    """The config of a folder's model, and the files that are pushed by their names there."""
    config, files = read_config(folder), dict(_shared_files(folder))
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


def _shared_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files that are pushed, by their names in the repository."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        stays = inner.parts[0] in _NOT_SHARED or any(part.startswith(".") for part in inner.parts)
        if path.is_file() and path.suffix not in PICKLES and not stays:
            yield inner.as_posix(), path


def _card_there(api: HfApi, repo_id: str, revision: str | None) -> str | None:
    try:
        path = api.hf_hub_download(repo_id, CARD, revision=revision)
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
