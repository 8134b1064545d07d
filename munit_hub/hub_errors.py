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


def hub_sentence(repo: str, error: Exception, write: bool = False) -> str:
    """What an error of the client means for somebody who wanted to read `repo`, or to write it."""
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    for told in (error, cause):
        # Without an answer an error may be of that class as well, in older releases.
        if isinstance(told, HfHubHTTPError) and told.response is not None:
            return _sentence_of_answer(repo, told, "write to" if write else "read")
    what, why = "push to" if write else "download of", first_line(cause).rstrip(".")
    return f"The {what} {repo} did not end ({why}): try again."


def _sentence_of_answer(repo: str, error: HfHubHTTPError, doing: str) -> str:
    if isinstance(error, GatedRepoError):
        page = f"{constants.ENDPOINT}/{repo}"
        return f"{repo} is gated: accept its terms at {page} and log in with `hf auth login`."
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"The Hub shows no {repo}: check the id; if it is private, log in with "
            "`hf auth login` or give its token."
        )
    if isinstance(error, RevisionNotFoundError):
        return f"{repo} is on the Hub, but has no such revision: name a branch, tag or commit."
    return _sentence_of_status(repo, error, doing)


def _sentence_of_status(repo: str, error: HfHubHTTPError, doing: str) -> str:
    status = error.response.status_code
    if status == 401:
        return (
            f"The Hub takes no token, or a wrong one, for {repo}: log in with `hf auth login`, or "
            "mend HF_TOKEN."
        )
    if status == 403:
        return f"The token may not {doing} {repo}: use one of its owner's with that permission."
    if status == 412:
        return f"Somebody else changed {repo} during the push, which was not made: try again."
    if status == 429:
        wait = error.response.headers.get("Retry-After")
        when = f"in {wait} seconds" if wait else "later"
        return f"The Hub has too many requests to answer for {repo} (429): try again {when}."
    if status >= 500:
        return f"The Hub fails to answer for {repo} ({status}): try again later."
    return f"The Hub does not let one {doing} {repo} ({status}): check the id and the token."


@contextmanager
def told_of(repo: str, write: bool = False) -> Iterator[None]:
    """What goes wrong with a repository of the Hub, told as a ValueError of one line."""
    try:
        yield
    except _WRITE_ERRORS as error:
        raise ValueError(hub_sentence(repo, error, write)) from error
    except ValueError as error:  # of a card's metadata, a line for each field
        raise ValueError(" ".join(str(error).split())) from error
