"""What every command refuses before it starts: wrong use, and writing over what is there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class WrongUseError(ValueError):
    """Arguments that cannot be: exit code 2, as for an unknown option."""


def check_new_folder(folder: Path, overwrite: bool) -> None:
    """WrongUseError where `folder` is a file, or holds something that may not be overwritten."""
    if folder.exists() and not folder.is_dir():
        raise WrongUseError(f"{folder} is a file; --output must be a folder.")
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise WrongUseError(f"{folder} is not empty; --overwrite writes there all the same.")


def check_new_files(files: Iterable[Path], overwrite: bool) -> None:
    """WrongUseError where one of the files exists and may not be overwritten, or is a folder."""
    for file in files:
        if file.is_dir():
            raise WrongUseError(f"{file} is a folder; a file is needed.")
        if file.exists() and not overwrite:
            raise WrongUseError(f"{file} exists; --overwrite writes over it.")
