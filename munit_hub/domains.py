"""Domains by name or by index, and what a model's config says of them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from contextlib import suppress


def domain_index(domain: str | int, names: Sequence[str]) -> int:
    """The index of a domain given by name or index; ValueError names the allowed ones."""
    if domain in names:
        return list(names).index(domain)  # type: ignore[arg-type]
    if not isinstance(domain, str | bool):
        with suppress(TypeError):  # an integer of any type: numpy's, a tensor's
            if 0 <= (index := operator.index(domain)) < len(names):
                return index
    raise ValueError(f"Domain {domain!r} is unknown; this model has {', '.join(names)}.")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a and b", or "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def check_domains(channels: Sequence[int], names: Sequence[str]) -> None:
    """ValueError unless every domain has its channels and a name of its own."""
    if len(channels) != len(names):
        raise ValueError(
            f"channels {list(channels)} and domain_names {list(names)} must have one entry for "
            "each domain."
        )
    if len(set(names)) != len(names):
        raise ValueError(f"domain_names must differ from each other, not {list(names)}.")
