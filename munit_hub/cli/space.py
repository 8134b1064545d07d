"""`munit-hub space` and `munit-hub demo`: the page with a given model, on the Hub or here."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from munit_hub.cli.checks import WrongUseError, check_repo_id, quiet_unless_watched
from munit_hub.cli.describe import print_json
from munit_hub.cli.options import AsJson


def space(
    repo_id: Annotated[
        str, typer.Argument(metavar="REPO_ID", help="The Space: your-name/page; made if need be.")
    ],
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="The id of a model on the Hub that it shows.")
    ],
    hardware: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Such as zero-a10g or t4-small; without it, as it is."),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make a new Space private; one that is there stays.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create or update a Space that shows a model.

    It gets the page of this clone, what the page needs, and a header. The model is loaded first:
    what does not load is not shown. A README.md that you edited in the Space stays, and only its
    `models` change; other files of the page are replaced, and are in the Space's history.

    \b
    munit-hub space your-name/cat2dog --model your-name/munit-cat2dog
    munit-hub space your-name/cat2dog --model your-name/munit-cat2dog --hardware zero-a10g
    """
    check_repo_id(repo_id)
    if Path(model).exists():
        raise WrongUseError(f"{model} is a folder here: push it first, and name its id.")
    quiet_unless_watched()
    from munit_hub.loading import load_model
    from munit_hub.spaces import find_clone, push_space

    clone = find_clone()
    load_model(model)
    commit = push_space(repo_id, model, clone, hardware=hardware, private=private or None)
    address = str(commit.repo_url)
    if as_json:
        print_json({"space": address, "commit": str(commit), "model": model})
    else:
        print(f"The page for {model}: {address}")
        print("Of a private model the Space needs a token that may read it: its secret HF_TOKEN.")


def demo(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]",
            help="A model's folder, or its id on the Hub, or several with commas between; else the "
            "bundled one.",
        ),
    ] = None,
) -> None:
    """Open the page with a model, on this machine.

    It needs a clone of the repository, which has the page, and gradio.

    \b
    munit-hub demo
    munit-hub demo its-owner/munit-edges2shoes
    """
    from munit_hub.spaces import VARIABLE, find_clone

    app = find_clone() / "app.py"
    if find_spec("gradio") is None:
        raise ValueError('The page needs gradio: pip install "munit_hub[space]".')
    environment = os.environ | ({VARIABLE: model} if model else {})
    os.execve(sys.executable, [sys.executable, str(app)], environment)  # it is this process now
