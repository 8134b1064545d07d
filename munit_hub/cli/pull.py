"""`munit-hub pull`: a model of the Hub to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from munit_hub.cli.checks import check_new_folder, check_repo_id, quiet_unless_watched
from munit_hub.cli.describe import described, facts_of, print_json
from munit_hub.cli.options import AsJson, Overwrite
from munit_hub.cli.placing import place_model


def pull(
    repo_id: Annotated[
        str, typer.Argument(metavar="REPO_ID", help="A model on the Hub: its-owner/model.")
    ],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make.")],
    revision: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A branch, tag or commit; without it, main."),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Fetch a model from the Hub into a folder of its own.

    Everything of one commit comes, but no pickle. It is downloaded to the Hub's cache first, and
    copied when it is whole and loads: a download that breaks off leaves no folder behind, and the
    same command goes on with it. With --overwrite the discriminators of an earlier model go.

    \b
    munit-hub pull its-owner/munit-cat2dog cat2dog
    munit-hub pull its-owner/munit-cat2dog cat2dog-v1 --revision v1
    """
    check_repo_id(repo_id)
    check_new_folder(folder, overwrite, "FOLDER")
    quiet_unless_watched()
    if Path(repo_id).exists():
        raise ValueError(f"{repo_id} is here, so it would be read from here; pull from elsewhere.")
    from munit_hub.loading import load_model
    from munit_hub.weights import find_model, whole_repository

    cached = find_model(repo_id, revision=revision)
    model = load_model(cached)
    place_model(whole_repository(repo_id, cached.name), folder)
    if as_json:
        print_json({"model": str(folder), "commit": cached.name} | facts_of(model))
        return
    print(f"{described(model)}, in {folder}")
    print(f'Load it: munit_hub.TranslationPipeline.from_pretrained("{folder}")')
