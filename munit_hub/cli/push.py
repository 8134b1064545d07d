"""`munit-hub push`: a model's folder to a repository of the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from munit_hub.cli.checks import WrongUseError, check_repo_id, quiet_unless_watched
from munit_hub.cli.describe import described, facts_of, print_json
from munit_hub.cli.options import AsJson


def push(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="A model's folder, of a training run, save_pretrained or munit-hub convert.",
        ),
    ],
    repo_id: Annotated[
        str,
        typer.Argument(
            metavar="REPO_ID",
            help="Where to: your-name/model, or model alone under your own name. It is made if it "
            "is not there.",
        ),
    ],
    private: Annotated[
        bool,
        typer.Option("--private", help="Make a new repository private; one that is there stays."),
    ] = False,
    revision: Annotated[
        str | None,
        typer.Option(
            metavar="BRANCH", help="The branch, made if it is not there; without it, main."
        ),
    ] = None,
    message: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the commit says of itself.")
    ] = None,
    license: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The weights' licence by its Hub identifier, such as mit, for the card of a "
            "folder that has no README.md.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Share a model on the Hub, with a card.

    The folder is loaded first: what does not load is not pushed. Its README.md goes along; without
    one the repository keeps its own or gets a card of what the model is and how to use it. A card
    that somebody edited on the Hub gives way to none that was generated. Anything but the model
    and its card, such as checkpoints, samples and logs of a training run, stays here.

    \b
    hf auth login                       # once; or HF_TOKEN in the environment
    munit-hub push runs/mine your-name/munit-cat2dog
    munit-hub push runs/mine your-name/munit-cat2dog --private --revision trial
    """
    check_repo_id(repo_id)
    quiet_unless_watched()
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; a model's folder is needed.")
    if license and (folder / "README.md").exists():
        raise WrongUseError(
            f"--license is for a folder without a card: edit the licence in {folder / 'README.md'}."
        )
    from munit_hub.loading import load_model
    from munit_hub.sharing import push_folder

    model = load_model(folder)
    commit = push_folder(
        folder,
        repo_id,
        private=private or None,
        revision=revision,
        commit_message=message,
        card={"license": license} if license else None,
    )
    if as_json:
        repo = commit.repo_url.repo_id
        print_json({"model": repo, "commit": str(commit)} | facts_of(model))
        return
    print(f"{described(model)}, in {commit}")
    print(f'Load it: munit_hub.TranslationPipeline.from_pretrained("{commit.repo_url.repo_id}")')
