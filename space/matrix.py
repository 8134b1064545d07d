"""Several contents in several styles, and the figure of them that the papers show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from munit_hub.image_processor import PictureSource
from space.inference import MAX_SEED, NO_PICTURE, as_reference, as_seen, check_whole
from space.live import decode
from space.style_space import drawn, open_space
from space.walk import style_of

MAX_CONTENTS = 6
MAX_STYLES = 6
_GAP = 1 / 48  # of a cell's side; three of them set the inputs apart from what is made of them
_WORDS = 1 / 9  # of a cell's side: the height of words


class Matrix(NamedTuple):
    """contents (R,) and heads (C,): a row's and a column's; cells (R, C): the translations.

    All pictures are size x size pixels, the model's own. A head is the reference picture that the
    styles of its column come from, or words that say which style it is.
    """

    contents: list[Image.Image]
    heads: list[Image.Image | str]
    cells: list[list[Image.Image]]


def referenced_matrix(
    model: str, contents: Sequence[PictureSource], target: str, references: Sequence[PictureSource]
) -> Matrix:
    """Every content in the style of every reference, a picture of the target.

    ValueError names the picture or the number and what is allowed.
    """
    _check_contents(contents)
    if not references:
        raise ValueError("There is no reference yet: upload a picture whose style to take.")
    _check_count(references, MAX_STYLES, "references")
    heads = [as_reference(model, reference, target) for reference in references]
    styles = [style_of(model, reference, target) for reference in references]
    return _matrix(model, contents, target, heads, styles)


def drawn_matrix(
    model: str, contents: Sequence[PictureSource], target: str, seed: int, count: int
) -> Matrix:
    """Every content in `count` styles: those that a seed and the next ones draw first.

    ValueError as above.
    """
    _check_contents(contents)
    check_whole("The number of styles", count, 1, MAX_STYLES)
    check_whole("seed", seed, 0, MAX_SEED - MAX_STYLES)
    open_space(model, target)  # says what is wrong with the model or the target
    seeds = range(seed, seed + count)
    styles = [drawn(model, target, number).tolist() for number in seeds]
    return _matrix(model, contents, target, [f"seed {number}" for number in seeds], styles)


def draw_figure(made: Matrix, side: int) -> Image.Image:
    """The figure, on white: heads in the top row, contents in the left column; cells of `side`."""
    gap = max(round(side * _GAP), 1)
    rows, columns = len(made.contents) + 1, len(made.heads) + 1
    size = [count * side + (count + 3) * gap for count in (columns, rows)]
    figure = Image.new("RGB", (size[0], size[1]), "white")
    grid = [["rows: content\ncolumns: style", *made.heads]]
    grid += [[content, *row] for content, row in zip(made.contents, made.cells, strict=True)]
    for top, row in zip(_edges(rows, side, gap), grid, strict=True):
        for left, cell in zip(_edges(columns, side, gap), row, strict=True):
            figure.paste(_cell(cell, side), (left, top))
    return figure


def describe(made: Matrix) -> str:
    """The figure in words, for who does not see it."""
    rows, columns = len(made.contents), len(made.heads)
    words = [head for head in made.heads if isinstance(head, str)]
    above = f"the words {', '.join(words)}" if words else "the reference pictures"
    return (
        f"A table of {rows} by {columns} translations. Left column: the contents. Top row: "
        f"{above}. Each translation has the content of its row and the style of its column."
    )


def _matrix(
    model: str,
    contents: Sequence[PictureSource],
    target: str,
    heads: Sequence[Image.Image | str],
    styles: list[list[float]],
) -> Matrix:
    seen = [as_seen(model, content, target) for content in contents]
    cells = [decode(model, content, target, styles) for content in contents]
    return Matrix(seen, [*heads], cells)


def _check_contents(contents: Sequence[PictureSource]) -> None:
    if not contents:
        raise ValueError(NO_PICTURE)
    _check_count(contents, MAX_CONTENTS, "contents")


def _check_count(pictures: Sequence[PictureSource], most: int, name: str) -> None:
    if len(pictures) > most:
        raise ValueError(f"At most {most} {name} fit into the figure, not {len(pictures)}.")


def _edges(count: int, side: int, gap: int) -> list[int]:
    """Where the cells of a row begin: the first, and the others a little apart from it."""
    return [gap, *(3 * gap + number * (side + gap) for number in range(1, count))]


def _cell(content: Image.Image | str, side: int) -> Image.Image:
    """A picture of side x side pixels, or words in the middle of such a one."""
    if isinstance(content, Image.Image):
        return content.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (side, side), "white")
    middle, font = (side / 2, side / 2), ImageFont.load_default(side * _WORDS)
    write = ImageDraw.Draw(cell).multiline_text
    write(middle, content, "black", font, anchor="mm", align="center")
    return cell
