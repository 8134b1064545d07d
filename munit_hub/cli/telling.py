"""What a command tells of things that it left out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_NAMED = 20  # --json names them all


def tell_failures(failed: Sequence[tuple[str, str]]) -> None:
    """Name what was left out, and why, on stderr."""
    for source, reason in failed[:_NAMED]:
        named = reason if reason.startswith(source) else f"{source}: {reason}"
        print(f"Left out: {named}", file=sys.stderr)
    if len(failed) > _NAMED:
        print(f"... and {len(failed) - _NAMED} more, which --json names.", file=sys.stderr)


def failures_as_json(failed: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """The same for programs."""
    return [{"source": source, "reason": reason} for source, reason in failed]
