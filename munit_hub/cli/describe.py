"""What a model is, in a line for the end of a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from munit_hub.domains import listed

if TYPE_CHECKING:
    from munit_hub.loading import Model


def number_of_parameters(model: Model) -> int:
    """How many numbers the training of a model sets."""
    return sum(parameter.numel() for parameter in model.parameters())


def described(model: Model) -> str:
    """The class, the domains and the size of a model."""
    names, millions = listed(model.config.domain_names), number_of_parameters(model) / 1e6
    return f"{type(model).__name__} of {names}, {millions:.2f} million parameters"


def facts_of(model: Model) -> dict[str, Any]:
    """The same for programs."""
    return {
        "architecture": type(model).__name__,
        "parameters": number_of_parameters(model),
        "domains": list(model.config.domain_names),
    }


def print_json(facts: dict[str, Any]) -> None:
    """What a command made or found, as its --json prints it."""
    print(json.dumps(facts, indent=2, ensure_ascii=False))
