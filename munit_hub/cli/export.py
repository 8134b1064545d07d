"""`munit-hub export`: a model as ONNX or torch.export files, for other runtimes."""

from __future__ import annotations

from typing import Annotated

import typer

from munit_hub.cli.checks import WrongUseError, check_new_folder, quiet_unless_watched
from munit_hub.cli.describe import described, print_json
from munit_hub.cli.options import AsJson, ModelPlace, NewFolder, Overwrite, Revision

FORMATS = ("onnx", "torch-export")


def export(
    place: ModelPlace,
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="onnx or torch-export.")
    ],
    output: NewFolder,
    revision: Revision = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
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
        print_json(manifest)
        return
    print(f"{described(model)}, as {format} in {output}")
    for program in manifest["programs"].values():
        inputs = ", ".join(port["name"] for port in program["inputs"])
        print(
            f"{program['file']}: {inputs} -> {program['output']['name']}, "
            f"within {program['largest_difference']:.0e} of the model"
        )
