"""Models of the Hub that visitors ask for: of strangers, so asked about first, and bounded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from tqdm.auto import tqdm

from munit_hub.card_text import CARD
from munit_hub.hub_errors import HUB_ERRORS, hub_sentence
from munit_hub.weights import weights_name
from space.shelf import Shelf
from space.visitors_bounds import check_config

LARGEST = {"config.json": 64_000, weights_name(): 500_000_000, CARD: 1_000_000}  # bytes
_ON_DISK = 8  # models at most, which bounds what they take of it
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_WAIT = 10  # seconds for an answer of the Hub

Tell = Callable[[float, str], None]  # how much is done, of 1, and what is going on
_FOLDERS = TemporaryDirectory(prefix="munit_hub-page-")


def fetch(word: str, tell: Tell) -> str:
    """The folder with the model of a Hub id that a visitor typed, downloaded unless it is there.

    No token is sent: the operator's private models are not the visitors'. ValueError says what is
    wrong with the id, or why that model is not opened.
    """
    repo = _repo_id(word)
    if constants.HF_HUB_OFFLINE:
        raise ValueError(
            f"{repo} is not one of this page's models, and the page has no connection to the Hub."
        )
    tell(0, f"Asking the Hub for {repo}")
    with _told_to_a_visitor(repo):
        commit, sizes = _ask(repo)
        _check_sizes(repo, sizes)
        return _DOWNLOADS.get(f"{repo}/{commit}", [*sizes], tell)


def repo_of(model: str) -> str:
    """The Hub's id of a model whose folder `fetch` gave; any other model's key as it is."""
    folder = Path(model)
    if not folder.is_relative_to(_FOLDERS.name):
        return model
    return "/".join(folder.relative_to(_FOLDERS.name).parts[:2])


@contextmanager
def told_of_visitors(model: str) -> Iterator[None]:
    """What goes wrong with a visitor's model, by its id and not by the server's folder.

    Models of strangers may break the loader in any way; of others, errors are as they come.
    """
    repo = repo_of(model)
    try:
        if repo != model and not Path(model).exists():
            raise ValueError(f"{repo} was put away, as others came after it: open it again.")
        yield
    except Exception as error:
        if repo == model:
            raise
        if not isinstance(error, ValueError):
            raise ValueError(f"{repo} cannot be loaded: it is not a whole model.") from error
        raise ValueError(str(error).replace(model, repo)) from error


def _repo_id(word: str) -> str:
    """An id of the Hub out of what a visitor typed, or pasted from the address bar."""
    repo = word.strip().removeprefix(f"{constants.ENDPOINT}/")
    if not _ID.fullmatch(repo) or ".." in repo or "--" in repo or repo.endswith(".git"):
        raise ValueError(
            "That is no id of a model on the Hub: it has the form owner/name, in letters, digits, "
            "'-', '_' and '.'."
        )
    return repo


def _ask(repo: str) -> tuple[str, dict[str, int]]:
    """The latest commit of a repository, and the sizes of the files there that a model has."""
    api = HfApi(token=False)
    commit = api.model_info(repo, timeout=_WAIT).sha
    files = api.get_paths_info(repo, [*LARGEST], revision=commit)
    return str(commit), {file.path: file.size for file in files if hasattr(file, "size")}


def _check_sizes(repo: str, sizes: dict[str, int]) -> None:
    needed = [name for name in LARGEST if name != CARD]
    if not all(name in sizes for name in needed):
        raise ValueError(
            f"{repo} is no model of this package: it must hold {' and '.join(needed)}; pickles are "
            "not opened."
        )
    for name, size in sizes.items():
        if size > LARGEST[name]:
            raise ValueError(
                f"{repo} is too large for this page: its {name} has {_mb(size)}, and at most "
                f"{_mb(LARGEST[name])} are opened."
            )


def _mb(size: int) -> str:
    return f"{size / 1e6:,.3g} MB"


def _download(key: str, names: list[str], tell: Tell) -> str:
    folder = Path(_FOLDERS.name, key)
    try:
        _download_into(folder, names, tell)
        with told_of_visitors(str(folder)):
            check_config(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return str(folder)


def _download_into(folder: Path, names: list[str], tell: Tell) -> None:
    repo = repo_of(str(folder))
    for name in names:
        hf_hub_download(
            repo,
            name,
            revision=folder.name,
            local_dir=folder,
            token=False,
            etag_timeout=_WAIT,
            tqdm_class=_bar(tell, repo),
        )


def _bar(tell: Tell, repo: str) -> type[tqdm]:
    """The client's progress bar, which tells the visitor instead of the terminal."""

    class Bar(tqdm):
        def __init__(self, *args, name=None, **kwargs):
            super().__init__(*args, **kwargs | {"disable": False, "file": _Nowhere()})

        def display(self, *args, **kwargs):
            if self.total:
                tell(0.9 * self.n / self.total, f"Downloading {repo}: {_mb(self.total)}")

    return Bar


class _Nowhere:
    """A terminal that nobody reads."""

    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


@contextmanager
def _told_to_a_visitor(repo: str) -> Iterator[None]:
    """What the Hub refuses, for somebody who cannot log this page in anywhere."""
    try:
        yield
    except (RepositoryNotFoundError, GatedRepoError) as error:
        raise ValueError(
            f"The Hub shows no public model {repo}: check the id; private and gated models are not "
            "opened here."
        ) from error
    except HUB_ERRORS as error:
        raise ValueError(hub_sentence(repo, error)) from error


_DOWNLOADS = Shelf(_download, _ON_DISK, shutil.rmtree)
