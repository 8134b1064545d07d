"""What goes wrong with the Hub, in one sentence that says with which repository and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

# The bases are of the HTTP library that the client uses, which differs between its releases; of a
# broken connection that library's errors come through as they are.
HUB_ERRORS: tuple[type[Exception], ...] = (OSError, *HfHubHTTPError.__bases__)
_WRITE_ERRORS: tuple[type[Exception], ...] = (*HUB_ERRORS, RuntimeError)  # a broken upload


def first_line(error: Exception) -> str:
    """What an error says, or else its name, without the lines that follow."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]


def hub_sentence(repo: str, error: BaseException, write: bool = False) -> str:
    """What an error of the client means for somebody who wanted to read `repo`, or to write it."""
    causes = [cause for cause in (error, error.__cause__) if isinstance(cause, HfHubHTTPError)]
    if not causes:
        what = "push to" if write else "download of"
        said = first_line(error.__cause__ if isinstance(error.__cause__, Exception) else error)  # type: ignore[arg-type]
        return f"The {what} {repo} did not end ({said.rstrip('.')}): try again."
    cause = causes[0]
    if isinstance(cause, GatedRepoError):
        page = f"{constants.ENDPOINT}/{repo}"
        return f"{repo} is gated: accept its terms at {page} and log in with `hf auth login`."
    if isinstance(cause, RepositoryNotFoundError):
        return (
            f"The Hub shows no {repo}: check the id; if it is private, log in with "
            "`hf auth login` or give its token."
        )
    if isinstance(cause, RevisionNotFoundError):
        return f"{repo} is on the Hub, but has no such revision: name a branch, tag or commit."
    return _sentence_of_status(repo, cause, "write to" if write else "read")


def _sentence_of_status(repo: str, error: HfHubHTTPError, doing: str) -> str:
    status = error.response.status_code
    if status == 401:
        return (
            f"The Hub takes no token, or a wrong one, for {repo}: log in with `hf auth login`, or "
            "mend HF_TOKEN."
        )
    if status == 403:
        return f"The token may not {doing} {repo}: use one of its owner's with that permission."
    if status == 429:
        wait = error.response.headers.get("Retry-After")
        when = f"in {wait} seconds" if wait else "later"
        return f"The Hub has too many requests to answer for {repo} (429): try again {when}."
    if status >= 500:
        return f"The Hub fails to answer for {repo} ({status}): try again later."
    return f"The Hub does not let one {doing} {repo} ({status}): check the id and the token."


@contextmanager
def told_of(repo: str) -> Iterator[None]:
    """What goes wrong with writing to a repository of the Hub, told as a ValueError of one line."""
    try:
        yield
    except _WRITE_ERRORS as error:
        raise ValueError(hub_sentence(repo, error, write=True)) from error
    except ValueError as error:  # of a card's metadata, a line for each field
        raise ValueError(" ".join(str(error).split())) from error
