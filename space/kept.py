"""A translation as a visitor keeps it: bytes, file names, and all that repeats it."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

from PIL import Image

from space.inference import Translation

_HOW = (
    "TranslationPipeline.from_pretrained(model, precision='auto')"
    "(input, target=target, styles=styles)"
)
_LONGEST = 40  # characters of a model's or a domain's name in a file's name


class Style(NamedTuple):
    """The style of a result, for other translations; picture: that result as PNG bytes.

    It is codes[index]. The others are those it was decoded with: a processor rounds by what is in
    a pass, and with them the same input gives the same pixels again.
    """

    model: str
    target: str
    codes: list[list[float]]
    index: int
    picture: bytes


class Kept(NamedTuple):
    """A translation at the model's own size; pictures are PNG bytes.

    model: its key for `space.models.open_pipeline`; name: as visitors know it; drawn: whether the
    input came from the paper; seed: None where no seed decided the styles; used: the style in
    use that decided them.
    """

    model: str
    name: str
    target: str
    drawn: bool
    seed: int | None
    seen: bytes
    styles: list[list[float]]
    results: list[bytes]
    used: Style | None = None


def keep(
    model: str,
    name: str,
    target: str,
    drawn: bool,
    seed: int | None,
    made: Translation,
    used: Style | None = None,
) -> Kept:
    """A translation, kept; of one in all the codes of `used`, only the result in that style."""
    chosen = slice(None) if used is None else slice(used.index, used.index + 1)
    results = [to_png(image) for image in made.images[chosen]]
    seen, styles = to_png(made.seen), made.styles[chosen]
    return Kept(model, name, target, drawn, seed, seen, styles, results, used)


def style_of(kept: Kept, index: int) -> Style:
    """The style of one result. ValueError where there is no such result."""
    if not 0 <= index < len(kept.results):
        raise ValueError(f"There is no result {index + 1}: there are {len(kept.results)}.")
    if kept.used is not None:
        return kept.used._replace(target=kept.target, picture=kept.results[index])
    return Style(kept.model, kept.target, kept.styles, index, kept.results[index])


def stem(kept: Kept) -> str:
    """What all file names of a translation begin with: model, target and seed."""
    begin = f"{_plain(kept.name)}-{_plain(kept.target)}"
    return begin if kept.seed is None else f"{begin}-seed{kept.seed}"


def archive(kept: Kept) -> bytes:
    """A zip of the results, the input as the model saw it, and a JSON that says how to repeat."""
    begin, data = stem(kept), BytesIO()
    names = [f"{begin}-{number:02}.png" for number in range(1, len(kept.results) + 1)]
    facts = {
        "model": kept.name,
        "target": kept.target,
        "seed": kept.seed,
        "input": f"{begin}-input.png",
        "styles": kept.styles,
        "results": names,
        "repeat": _HOW,
    }
    with ZipFile(data, "w") as whole:  # stored: PNG does not shrink
        for name, picture in zip(names, kept.results, strict=True):
            whole.writestr(name, picture)
        whole.writestr(facts["input"], kept.seen)
        whole.writestr(f"{begin}.json", json.dumps(facts, indent=1))
    return data.getvalue()


def to_png(image: Image.Image) -> bytes:
    """A picture as PNG, quickly: its file is a fifth larger than the smallest."""
    data = BytesIO()
    image.save(data, "PNG", compress_level=1)
    return data.getvalue()


def from_png(data: bytes) -> Image.Image:
    """The picture of PNG bytes of ours."""
    return Image.open(BytesIO(data))


def _plain(name: str) -> str:
    """A name as a part of a file's name, whatever a model's author wrote."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name.split("/")[-1]).strip("-")[:_LONGEST] or "model"
