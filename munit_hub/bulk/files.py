"""Files -> files beside: what is done is passed over, what cannot be done is told and left."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from munit_hub.bulk.clips import stamp_of_clip, translate_clip
from munit_hub.bulk.inputs import Item
from munit_hub.bulk.stamps import save_picture, stamp_of_picture
from munit_hub.bulk.work import Translator
from munit_hub.files import hash_of_file
from munit_hub.image_processor import open_image
from munit_hub.pipeline import MAX_PIXELS


class Outcome(NamedTuple):
    """What became of a file: how many files it was made to, or why it was left."""

    source: Path
    made: int = 0
    failure: str = ""


def translate_files(
    items: Iterable[Item], translate: Translator, folder: Path, overwrite: bool = False
) -> Iterator[Outcome]:
    """Translate file after file; each result is whole or not there.

    Results that are there, whole and of the same model, input and options, are passed over. Others
    stay unless `overwrite` says so. OSError where a result cannot be written.
    """
    for item in items:
        outputs = item.outputs(folder, translate.num_styles)
        try:
            made = _translate(item, translate, outputs, overwrite)
        except (ValueError, RuntimeError, MemoryError) as error:  # of this file, not of the next
            yield Outcome(item.source, failure=" ".join(str(error).split()) or "too large")
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            yield Outcome(item.source, failure="the names of its results would be too long")
        else:
            yield Outcome(item.source, made)


def _translate(item: Item, translate: Translator, outputs: Sequence[Path], overwrite: bool) -> int:
    if item.is_clip and translate.work.drawings:
        raise ValueError("a clip is no drawing: translate it without --drawings.")
    stamps = translate.stamps(_content(item.source))
    if _are_made(outputs, stamps, item.is_clip, overwrite):
        return 0
    said = [translate.work.described(style) for style in range(len(outputs))]
    if item.is_clip:
        translate_clip(item.source, translate, outputs, stamps, said, translate.work.longest_side)
    else:
        pictures = translate(open_image(item.source, MAX_PIXELS))
        for made in zip(pictures, outputs, stamps, said, strict=True):
            save_picture(*made)
    return len(outputs)


def _content(source: Path) -> str:
    try:
        return hash_of_file(source)
    except OSError as error:
        raise ValueError(f"{source} cannot be read: {error.strerror}") from error


def _are_made(outputs: Sequence[Path], stamps: Sequence[str], clip: bool, overwrite: bool) -> bool:
    """Whether all results are there; ValueError where something else is in a place of theirs."""
    made = True
    for path, stamp in zip(outputs, stamps, strict=True):
        if not path.exists():
            made = False
            continue
        found, whole = stamp_of_clip(path) if clip else stamp_of_picture(path)
        if found != stamp and not overwrite:
            raise ValueError(f"{path} is there, of another command or input; see --overwrite")
        made = made and whole and found == stamp
    return made
