"""A folder with a dataset -> a dataset of the Hub."""

from __future__ import annotations

import re
from pathlib import Path

from huggingface_hub import CommitInfo

from munit_hub.card_text import CARD, changed, is_ours
from munit_hub.committing import commit_files
from munit_hub.preparing.making import is_shard

_ADDRESS = re.compile(r"\byour-name/[\w.-]+")


def push_dataset(
    folder: Path, repo_id: str, *, private: bool | None = None, token: str | bool | None = None
) -> CommitInfo:
    """Push a dataset's parquet files and card to a repository, made where there is none.

    The parquet files of an earlier push go, and no others. A card that somebody edited on the Hub
    stays. ValueError says what cannot be, and what to do.
    """
    files: dict[str, Path | bytes] = {
        f"data/{path.name}": path
        for path in sorted(folder.glob("data/*.parquet"))
        if is_shard(path.name)
    }
    if not files:
        raise ValueError(f"{folder} holds no data/*.parquet, so it is no dataset to push.")
    path = folder / CARD
    mine = path.read_text(encoding="utf-8") if path.exists() else None

    def choose(whole_id: str, theirs: str | None) -> str | None:
        if mine is None or (is_ours(mine) and theirs is not None and not is_ours(theirs)):
            return None
        return changed(mine, lambda text: _ADDRESS.sub(whole_id, text))

    return commit_files(
        repo_id,
        files,
        choose,
        repo_type="dataset",
        message="Upload dataset",
        private=private,
        token=token,
        replacing=lambda name: name.startswith("data/") and is_shard(name.removeprefix("data/")),
    )
