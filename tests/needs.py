"""What some tests need and a machine may not have: CI has it all, elsewhere they are skipped."""

from __future__ import annotations

import os

import pytest


def need(found: object, what: str) -> None:
    """Skip the test where `what` was not found; with CI=true fail instead."""
    if found:
        return
    reason = f"{what} is missing on this machine"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and with CI=true everything is tested.", pytrace=False)
    pytest.skip(reason)
