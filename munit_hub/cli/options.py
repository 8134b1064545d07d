"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelPlace = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model's folder, or its id on the Hub.")
]
Revision = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of the Hub: a branch, tag or commit.")
]
NewFolder = Annotated[
    Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to make.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Write over what the folder holds already.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead, for programs.")]
