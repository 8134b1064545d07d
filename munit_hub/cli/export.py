"""`munit-hub export`: a model as ONNX or torch.export files, for other runtimes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from munit_hub.cli.checks import WrongUseError, check_new_folder, quiet_unless_watched
from munit_hub.cli.describe import described

FORMATS = ("onnx", "torch-export")


def export(
    place: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model's folder, or its id on the Hub.")
    ],
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="onnx or torch-export.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to make.")
    ],
    revision: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the Hub: a branch, tag or commit."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over what --output holds already.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what export.json holds.")] = False,
) -> None:
    """Export a model to files that run without this package, in browsers, C++ or anywhere.

    Encoders and decoders are files of their own, so that an image is encoded once for all its
    styles. Batch, height and width are dynamic. export.json says what each file takes and gives,
    and which files make a translation. Every file is compared with the model, at other batches
    and sizes than it was traced at; where they differ by more than 1e-4, nothing is written.
    docs/export.md has examples.

    \b
    munit-hub export its-owner/munit-cat2dog --format onnx --output cat2dog-onnx
    munit-hub export cat2dog --format torch-export --output cat2dog-pt2 --json | jq .programs
    """
    if format not in FORMATS:
        raise WrongUseError(f"--format {format} is unknown; allowed are {' and '.join(FORMATS)}.")
    check_new_folder(output, overwrite)
    quiet_unless_watched()
    from munit_hub.export import check_format, export_model
    from munit_hub.loading import load_model

    check_format(format)
    model = load_model(place, revision=revision)
    manifest = export_model(model, format, output)
    if as_json:
        print(json.dumps(manifest, indent=2, ensure_ascii=False))
        return
    print(f"{described(model)}, as {format} in {output}")
    for program in manifest["programs"].values():
        inputs = ", ".join(port["name"] for port in program["inputs"])
        print(
            f"{program['file']}: {inputs} -> {program['output']['name']}, "
            f"within {program['largest_difference']:.0e} of the model"
        )
