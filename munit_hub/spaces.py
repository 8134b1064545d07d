"""The page of a clone of this project -> a Space of the Hub that shows a model."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from huggingface_hub import CommitInfo, HfApi, SpaceCard, SpaceHardware
from huggingface_hub.errors import HFValidationError

from munit_hub.card_text import CARD, is_ours, sealed
from munit_hub.committing import commit_files
from munit_hub.hub_errors import told_of

VARIABLE = "MUNIT_HUB_MODEL"  # what app.py reads
_FILES = ("app.py", "requirements.txt", "LICENSE")
_FOLDERS = ("munit_hub", "space")
_LEFT_OUT = {"__pycache__", "models"}  # the bundled model: the Space shows another

_ABOUT = """\
This Space translates pictures with [{model}](https://huggingface.co/{model}), whose card says what
it learnt and what it is not for. The page is that of munit_hub; `munit-hub space {repo_id} --model
{model}` brings it up to date, and keeps what you write here."""


def find_clone() -> Path:
    """The clone that the package was installed from, or that one stands in, with the page.

    ValueError where there is none.
    """
    spec = find_spec("space")  # of an editable install, which a clone's folder need not be
    installed = [Path(spec.origin).parents[1]] if spec and spec.origin else []
    for root in (*installed, Path.cwd()):
        if all((root / name).exists() for name in (*_FILES, *_FOLDERS)):
            return root
    raise ValueError(
        "The page is in a clone of the munit_hub repository and not in the installed package: "
        "clone it and run this in its folder."
    )


def push_space(
    repo_id: str,
    model: str,
    clone: Path,
    *,
    hardware: str | None = None,
    private: bool | None = None,
    token: str | bool | None = None,
) -> CommitInfo:
    """Create or update a Space with the page of a clone, for a model of the Hub, in one commit.

    Of a README.md that somebody edited there, the header's `models` alone changes. The model's id
    is a variable of the Space. ValueError says what cannot be, and what to do.
    """
    wanted = _hardware(hardware) if hardware else None
    with told_of(repo_id, write=True):
        api = HfApi(token=token)
        try:
            repo_id = api.create_repo(
                repo_id, repo_type="space", space_sdk="gradio", private=private, exist_ok=True
            ).repo_id
        except HFValidationError:
            raise ValueError(f"{repo_id!r} is no id of the Hub, such as your-name/page.") from None
        api.add_space_variable(repo_id, VARIABLE, model)
    commit = commit_files(
        repo_id,
        dict(files_of_page(clone)),
        lambda whole_id, theirs: space_card(clone, whole_id, model, theirs),
        repo_type="space",
        message=f"The page for {model}",
        token=token,
        creating={"space_sdk": "gradio"},
    )
    if wanted:
        with told_of(repo_id, write=True):
            api.request_space_hardware(repo_id, wanted)
    return commit


def _hardware(name: str) -> SpaceHardware:
    known = [hardware.value for hardware in SpaceHardware]
    if name not in known:
        raise ValueError(f"The hardware {name!r} is unknown; there are {', '.join(known)}.")
    return SpaceHardware(name)


def files_of_page(clone: Path) -> dict[str, Path]:
    """What the page consists of, by its names in the Space."""
    found = [clone / name for name in _FILES]
    for folder in _FOLDERS:
        inside = sorted(path for path in (clone / folder).rglob("*") if path.is_file())
        found += [path for path in inside if not _LEFT_OUT & {*path.relative_to(clone).parts}]
    return {path.relative_to(clone).as_posix(): path for path in found}


def space_card(clone: Path, repo_id: str, model: str, theirs: str | None) -> str:
    """The README.md of a Space: the header that makes it run, and what it is.

    Where somebody edited `theirs`, that with the model in its header.
    """
    if theirs is not None and not is_ours(theirs) and _is_header_of_page(theirs):
        card = SpaceCard(theirs)
        card.data["models"] = [model]
        return str(card)
    card = SpaceCard((clone / CARD).read_text(encoding="utf-8"))
    title = repo_id.split("/")[-1]
    card.data["title"], card.data["models"] = title, [model]
    card.data["short_description"] = f"Translates pictures with {model}"[:60]
    about = _ABOUT.format(model=model, repo_id=repo_id)
    return sealed(f"---\n{card.data.to_yaml()}\n---\n\n# {title}\n\n{about}\n")


def _is_header_of_page(card: str) -> bool:
    """Whether a README.md makes the page run; that of a Space just made does not yet."""
    return SpaceCard(card).data.get("app_file") == "app.py"
