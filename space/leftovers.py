"""What gradio keeps of visitors for too long: files of killed servers, broken uploads, sessions."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio.state_holder import StateHolder

# How gradio names what it stores: a folder for each content, and uploads that still arrive. No
# other file is ours to delete.
_STORED = re.compile(r"[0-9a-f]{64}|tmp\w{8}")


def sweep(folder: Path, age: float, kept: Collection[str] = ()) -> None:
    """Deletes gradio's files in `folder` that are older than `age` seconds.

    `kept` are the page's own pictures, which become new again: another page of this machine may
    show the same file and sweep it.
    """
    for entry in folder.iterdir() if folder.is_dir() else ():
        if _STORED.fullmatch(entry.name) and not entry.is_symlink():
            for file in entry.iterdir() if entry.is_dir() else (entry,):
                _settle(file, age, kept)
            if entry.is_dir() and not any(entry.iterdir()) and _age(entry) > age:
                entry.rmdir()


def forget_sessions(holder: StateHolder, age: float) -> None:
    """Forgets the sessions of visitors who did nothing for `age` seconds: pictures are in them."""
    late = datetime.now() - timedelta(seconds=age)
    for session in [name for name, used in holder.time_last_used.items() if used < late]:
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)


def _settle(file: Path, age: float, kept: Collection[str]) -> None:
    try:
        if str(file) in kept:
            os.utime(file)
        elif _age(file) > age:
            file.unlink()
    except OSError:  # somebody else deleted it, or it is no file
        pass


def _age(path: Path) -> float:
    """Seconds since it came here, whatever times an archive gave it."""
    return time.time() - path.lstat().st_ctime
