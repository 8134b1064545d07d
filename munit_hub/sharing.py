"""A folder with a model -> a repository on the Hub, with a card."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo

from munit_hub.card_text import CARD, is_ours
from munit_hub.committing import commit_files
from munit_hub.fitting import read_config
from munit_hub.model_card import PICTURE, addressed, card_of, read_picture
from munit_hub.papers import PAPERS

logger = logging.getLogger(__name__)

# What a model consists of. Anything else in its folder is nobody's business: a training run leaves
# its command line, paths of its machine and pictures of its data there.
_SHARED = ("config.json", "*.safetensors", "discriminator.json", CARD, PICTURE)


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
    discriminator.json, README.md and its samples.png. Without a README.md the repository keeps its
    own, or else gets a card, of which `card` has the arguments (see `write_model_card`); where
    these are given, a generated card there becomes a new one, without the figures of the earlier
    weights. A card that somebody edited on the Hub gives way to none that was generated. ValueError
    says what cannot be.
    """
    config, files = _model_in(Path(folder))
    # Read before the Hub is asked: what fails up to here is this machine's, and is told as that.
    mine = None if subfolder or CARD not in files else _card_here(files.pop(CARD))
    asked = {name: value for name, value in (card or {}).items() if value is not None}
    sources = dict[str, Path | bytes](files)
    if "picture" in asked:
        sources[PICTURE] = read_picture(asked["picture"])
    prefix = f"{subfolder}/" if subfolder else ""

    def choose(whole_id: str, theirs: str | None) -> str | None:
        return _chosen_card(mine, theirs, config, whole_id, asked, PICTURE in sources)

    return commit_files(
        repo_id,
        {prefix + name: data for name, data in sources.items()},
        None if subfolder else choose,  # there a README.md is as any other file
        message=commit_message or "Upload model",
        token=token,
        private=private,
        revision=revision,
        create_pr=create_pr,
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


def _shared_files(folder: Path) -> dict[str, Path]:
    """The files that are pushed, by their names."""
    found = sorted(path for pattern in _SHARED for path in folder.glob(pattern))
    return {p.name: p for p in found if p.is_file() and not p.name.startswith(".")}


def _card_here(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8; it is not pushed.") from error


def _chosen_card(
    mine: str | None,
    theirs: str | None,
    config: Mapping[str, Any],
    repo_id: str,
    asked: Mapping[str, Any],
    shows_samples: bool,
) -> str | None:
    """The card that goes to the Hub; None where the one that is there stays."""
    if mine is not None and not is_ours(mine):
        return mine
    if theirs is not None and not is_ours(theirs):
        logger.warning("%s keeps its card, which was edited there.", repo_id)
        return None
    if mine is not None:
        return addressed(mine, repo_id)
    if theirs is not None and not asked:
        return None
    named = {"title": repo_id.split("/")[-1], "license": "unknown", "facts": {}} | dict(asked)
    named |= {"shows_samples": shows_samples}
    named.pop("picture", None)
    return card_of(config, repo_id, **named)
