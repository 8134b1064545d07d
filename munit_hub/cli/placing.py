"""A downloaded model, put in its folder as a whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory


def place_model(source: Path, folder: Path) -> None:
    """Copy a model's files to a folder: all of them, or none where the copying fails.

    Discriminators that lie there from before are removed: they are another model's.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Within a folder that is there, which may be a disk of its own: from there a file only moves.
    beside = folder if folder.is_dir() else folder.parent
    with TemporaryDirectory(prefix=".pull-", dir=beside) as unfinished:
        copy = Path(unfinished, "model")
        try:
            shutil.copytree(source, copy)
        except shutil.Error as error:  # what went wrong, file by file
            file, _, why = error.args[0][0]
            told = f"{Path(file).name} cannot be copied ({why}); {folder} stays as it was."
            raise ValueError(told) from error
        if folder.is_dir():
            _move_into(copy, folder)
        else:
            copy.rename(folder)


def _move_into(copy: Path, folder: Path) -> None:
    from munit_hub.conversion.critics import remove_discriminators  # brings torch

    remove_discriminators(folder)
    for file in sorted(path for path in copy.rglob("*") if path.is_file()):
        place = folder / file.relative_to(copy)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, place)
