"""`munit-hub translate`: pictures, clips and datasets into another domain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from munit_hub.cli.checks import WrongUseError, quiet_unless_watched
from munit_hub.cli.options import AsJson, ModelPlace


def translate(
    model: ModelPlace,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT",
            help="Pictures, clips (.mp4 and the like), folders of them, or globs in quotes.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", metavar="DOMAIN", help="Into which domain; see munit-hub info MODEL."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="DOMAIN", help="Of which domain the pictures are, where two may be."),
    ] = None,
    num_styles: Annotated[
        int, typer.Option("--num-styles", "-n", metavar="N", help="How many results of each.")
    ] = 1,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="The same seed, the same styles, for all pictures. Without it, 0."
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="One result in the style of this picture instead."),
    ] = None,
    drawings: Annotated[
        bool,
        typer.Option(
            "--drawings",
            help="The pictures are drawings, in any pen: they are cleaned to lines of the size "
            "that the model learnt, as on the page.",
        ),
    ] = False,
    longest_side: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS",
            help="What has more pixels on its longer side is made smaller first, to so many; a "
            "photograph from a phone takes minutes otherwise.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the results go.")
    ] = Path("translated"),
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET",
            help="Instead of INPUT: a dataset's id on the Hub, a parquet file, or a folder of them "
            "or of pictures.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which of the DATASET's configurations.")
    ] = None,
    split: Annotated[str, typer.Option(metavar="SPLIT", help="Of the DATASET.")] = "train",
    image_column: Annotated[
        str, typer.Option(metavar="COLUMN", help="Where the DATASET has its pictures.")
    ] = "image",
    max_shards: Annotated[
        int, typer.Option(metavar="N", help="So many files at most become of the DATASET.")
    ] = 1000,
    part: Annotated[
        str,
        typer.Option(
            metavar="I/N", help="Do only part I (0 to N-1) of N, as a task of an array does."
        ),
    ] = "0/1",
    revision: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a MODEL on the Hub: a branch or tag.")
    ] = None,
    precision: Annotated[
        str, typer.Option(metavar="NAME", help="fp32, bf16, fp16, or auto: the fastest here.")
    ] = "fp32",
    device: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="cpu, cuda, cuda:1 ...; without it a GPU if there is."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what other commands have left there.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Translate pictures, clips or a whole dataset.

    apple.png becomes apple-1.png, apple-2.png and so on, one a style; a folder keeps its tree; a
    clip becomes clips, each in one style, with its sound. Results are written beside and renamed,
    so that one that is there is whole. The same command again goes on where it stopped. Nothing
    that another command made is replaced without --overwrite.

    \b
    munit-hub translate its-owner/munit-cat2dog photos/ --target dog --num-styles 4
    munit-hub translate its-owner/munit-edges2fruit sketches/ --target fruit --drawings
    munit-hub translate cat2dog 'photos/**/*.jpg' film.mp4 --target dog --reference rex.jpg
    munit-hub translate cat2dog --dataset its-owner/cats --target dog --output cats-as-dogs

    A dataset comes back with the columns translated_1, translated_2 and so on added, as parquet
    files that load_dataset reads. It is streamed, so it may be of any size. Of `accelerate launch
    -m munit_hub.cli translate ...` each process does its share, and so does each --part.

    Exit codes: 0 all done, 1 failed, 2 wrong use, 3 done but for some pictures, which are named
    (0 of processes launched together), 130 stopped (Ctrl-C); the same command goes on.
    """
    if bool(inputs) == bool(dataset):
        raise WrongUseError("Either INPUT or --dataset says what to translate; give one of them.")
    if reference and (num_styles != 1 or seed is not None):
        raise WrongUseError("--reference makes one result: without --num-styles and --seed.")
    if drawings and longest_side is not None:
        raise WrongUseError("--drawings brings them to the model's size: without --longest-side.")
    quiet_unless_watched()
    from munit_hub.bulk.portions import portion_of_process
    from munit_hub.bulk.work import Work
    from munit_hub.cli import bulk

    work = Work(
        model,
        target,
        source=source,
        num_styles=num_styles,
        seed=seed or 0,
        reference=reference,
        revision=revision,
        precision=precision,
        device=device,
        drawings=drawings,
        longest_side=longest_side,
    )
    try:
        portion = portion_of_process(part)
    except ValueError as error:
        raise WrongUseError(str(error)) from None
    if inputs:
        report = bulk.translate_inputs(work, inputs, output, portion, overwrite)
    else:
        from munit_hub.bulk.tables import Table

        table = Table(str(dataset), name, split, image_column, max_shards)
        report = bulk.translate_dataset(work, table, output, portion, overwrite)
    return report.tell(as_json)
