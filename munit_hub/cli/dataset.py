"""`munit-hub dataset`: folders of pictures to a dataset for training, here or on the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from munit_hub.cli.checks import (
    WrongUseError,
    check_new_folder,
    check_repo_id,
    quiet_unless_watched,
)
from munit_hub.cli.describe import print_json
from munit_hub.cli.options import AsJson, NewFolder
from munit_hub.cli.telling import failures_as_json, tell_failures

KINDS = ("edges", "unpaired", "paired")

if TYPE_CHECKING:
    from munit_hub.preparing.rows import Made


def dataset(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="edges: photographs and their edges. unpaired: a domain of each SOURCE. paired: "
            "two SOURCEs whose files have the same names.",
        ),
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Folders of pictures, or globs in quotes; not of paired, parquet files and "
            "datasets of the Hub as well.",
        ),
    ],
    output: NewFolder,
    names: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="What the domains are; else the SOURCEs' last names. Not of edges."
        ),
    ] = None,
    size: Annotated[
        int,
        typer.Option(metavar="PIXELS", help="Shrink to this shorter side; nothing is cut off."),
    ] = 256,
    test: Annotated[
        float, typer.Option(metavar="PART", help="Kept for the split `test`; 0 is none.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(metavar="N", help="Draws which these are.")] = 0,
    low: Annotated[
        float, typer.Option(metavar="N", help="Of edges: Canny's lower threshold (0..255).")
    ] = 40,
    high: Annotated[float, typer.Option(metavar="N", help="Of edges: the upper one.")] = 100,
    blur: Annotated[
        int, typer.Option(metavar="PIXELS", help="Of edges: the Gaussian before it; odd.")
    ] = 5,
    image_column: Annotated[
        str, typer.Option(metavar="COLUMN", help="Where a SOURCE that is a dataset has pictures.")
    ] = "image",
    split: Annotated[
        str, typer.Option(metavar="SPLIT", help="Of a SOURCE that is a dataset.")
    ] = "train",
    title: Annotated[str, typer.Option(metavar="TEXT", help="Of the card.")] = "",
    license: Annotated[
        str, typer.Option(metavar="ID", help="The pictures' licence, such as cc-by-4.0.")
    ] = "unknown",
    attribution: Annotated[
        str, typer.Option(metavar="TEXT", help="Who made the pictures, in Markdown.")
    ] = "",
    push: Annotated[
        str | None,
        typer.Option(metavar="REPO_ID", help="Push it too: your-name/dataset, made if need be."),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make a new repository private.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the dataset that --output holds already.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Make folders of pictures a dataset for training.

    Pictures are shrunk, and left out where the same pixels were met before; a part is split off
    for tests. The folder holds parquet files, which load_dataset and the trainer read, and a card
    that says how; --push brings them to the Hub. A card that somebody edited stays, here and
    there.

    \b
    munit-hub dataset edges photos/ --output edges --push your-name/edges2photos
    munit-hub dataset unpaired cats/ dogs/ --output cat2dog --size 256
    munit-hub dataset paired noto/ blob/ --output noto2blob --license apache-2.0

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 done but for the pictures that are named.
    """
    _check(kind, names, output, push, overwrite)
    quiet_unless_watched()
    from munit_hub.bulk.opening import quiet_datasets_unless_watched
    from munit_hub.preparing.making import make_dataset
    from munit_hub.preparing.publishing import push_dataset
    from munit_hub.preparing.rows import About, Recipe
    from munit_hub.preparing.sources import short_name

    quiet_datasets_unless_watched()
    given = [name.strip() for name in names.split(",")] if names else map(short_name, sources)
    domains = () if kind == "edges" else tuple(given)
    recipe = Recipe(kind, tuple(sources), domains, size, image_column, split, low, high, blur)
    about = About(title or output.resolve().name, license, attribution)
    made = make_dataset(recipe, output, about, test=test, seed=seed)
    commit = str(push_dataset(output, push, private=private or None)) if push else None
    _tell(made, output, commit, as_json)
    return 3 if made.tally.failures else 0


def _check(kind: str, names: str | None, output: Path, push: str | None, overwrite: bool) -> None:
    if kind not in KINDS:
        raise WrongUseError(f"{kind!r} is no KIND; allowed are {', '.join(KINDS)}.")
    if names and kind == "edges":
        raise WrongUseError("--names is not for edges, whose columns are image and edges.")
    if push:
        check_repo_id(push)
    check_new_folder(output, overwrite)


def _tell(made: Made, output: Path, commit: str | None, as_json: bool) -> None:
    tally = made.tally
    if as_json:
        facts: dict[str, Any] = {"output": str(output), "commit": commit, "rows": made.rows}
        facts |= {"duplicates": tally.duplicates, "without_partner": tally.alone}
        print_json(facts | {"failed": failures_as_json(tally.failures)})
    else:
        rows = " and ".join(f"{number} rows of {split}" for split, number in made.rows.items())
        left = f"{tally.duplicates} seen already"
        left += f", {tally.alone} without a partner" if tally.alone else ""
        print(f"{rows}, in {output}; left out: {left}")
        if commit:
            print(f"On the Hub: {commit}")
    tell_failures(tally.failures)
