"""Files -> one commit of a repository on the Hub, with a card that is chosen by the one there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError

from munit_hub.card_text import CARD
from munit_hub.hub_errors import told_of

# The repository's id and the card that is there -> the one that it gets; None where that stays.
ChooseCard = Callable[[str, str | None], str | None]


def commit_files(
    repo_id: str,
    files: Mapping[str, Path | bytes],
    choose_card: ChooseCard | None,
    *,
    repo_type: str = "model",
    message: str,
    token: str | bool | None = None,
    private: bool | None = None,
    revision: str | None = None,
    create_pr: bool = False,
    replacing: Callable[[str], bool] | None = None,
    creating: Mapping[str, Any] | None = None,
) -> CommitInfo:
    """Commit files by their names there to a repository, made where there is none.

    `revision` is a branch, made where there is none. `replacing` says of a file's name there
    whether it goes, unless it is among these. `creating` goes to `create_repo`. ValueError says
    what cannot be, and what to do.
    """
    with told_of(repo_id, write=True):
        api = HfApi(token=token)
        repo_id = _made(api, repo_id, repo_type, private, revision, creating or {})
        operations: list[Any] = [CommitOperationAdd(name, data) for name, data in files.items()]
        seen = None
        if choose_card:
            seen = api.repo_info(repo_id, repo_type=repo_type, revision=revision).sha
            text = choose_card(repo_id, card_at(api, repo_id, seen, repo_type))
            operations += [CommitOperationAdd(CARD, text.encode())] if text is not None else []
        if replacing:
            there = api.list_repo_files(repo_id, repo_type=repo_type, revision=revision)
            old = [name for name in there if replacing(name) and name not in files]
            operations += [CommitOperationDelete(name) for name in old]
        return api.create_commit(
            repo_id,
            operations,
            repo_type=repo_type,
            commit_message=message,
            revision=revision,
            create_pr=create_pr,
            parent_commit=seen,  # the commit is refused where the card was edited in between
        )


def card_at(api: HfApi, repo_id: str, commit: str | None, repo_type: str = "model") -> str | None:
    """The card of that very commit: of a branch an old one may come from the cache."""
    try:
        path = api.hf_hub_download(repo_id, CARD, revision=commit, repo_type=repo_type)
    except LocalEntryNotFoundError:  # the Hub did not answer: there may be one
        raise
    except EntryNotFoundError:
        return None
    return Path(path).read_text(encoding="utf-8")


def _made(
    api: HfApi,
    repo_id: str,
    repo_type: str,
    private: bool | None,
    revision: str | None,
    creating: Mapping[str, Any],
) -> str:
    """The whole id of the repository, which is there now, as is the branch."""
    try:
        made = api.create_repo(
            repo_id, repo_type=repo_type, private=private, exist_ok=True, **creating
        ).repo_id
    except HFValidationError:
        raise ValueError(f"{repo_id!r} is no id of the Hub, such as your-name/model.") from None
    if revision:
        api.create_branch(made, branch=revision, repo_type=repo_type, exist_ok=True)
    return str(made)
