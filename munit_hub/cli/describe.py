"""What a model is, in a line for the end of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
