"""What every command refuses before it starts: wrong use, and writing over what is there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path


class WrongUseError(ValueError):
    """Arguments that cannot be: exit code 2, as for an unknown option."""


def check_new_folder(folder: Path, overwrite: bool, name: str = "--output") -> None:
    """WrongUseError where `folder` is a file, or holds something that may not be overwritten."""
    if folder.exists() and not folder.is_dir():
        raise WrongUseError(f"{folder} is a file; {name} must be a folder.")
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise WrongUseError(f"{folder} is not empty; --overwrite writes there all the same.")


def check_new_files(files: Iterable[Path], overwrite: bool) -> None:
    """WrongUseError where one of the files exists and may not be overwritten, or is a folder."""
    for file in files:
        if file.is_dir():
            raise WrongUseError(f"{file} is a folder; a file is needed.")
        if file.exists() and not overwrite:
            raise WrongUseError(f"{file} exists; --overwrite writes over it.")


def check_repo_id(repo_id: str) -> None:
    """WrongUseError where a repository of the Hub cannot be called that."""
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", repo_id, re.ASCII):
        raise WrongUseError(f"REPO_ID must be such as your-name/model, not {repo_id!r}.")


def quiet_unless_watched() -> None:
    """No progress bars of the Hub's client where no person sees them: stderr is for errors."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
