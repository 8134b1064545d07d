"""What the pipeline was asked for, checked: one sentence names the argument and what is allowed."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor

MAX_STYLES = 1000


def as_list(value: Any, name: str) -> list[Any]:
    """A list or tuple as a list, one thing as a list of it; ValueError where it is empty."""
    things = list(value) if isinstance(value, list | tuple) else [value]
    if not things:
        raise ValueError(f"{name} is empty; at least one picture is needed.")
    return things


def name_in(argument: str, index: int, things: list[Any]) -> str:
    """What a sentence calls one thing of an argument."""
    return f"{argument}[{index}]" if len(things) > 1 else argument


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """An integer of any type from low to high; ValueError otherwise."""
    try:
        number = operator.index(value)
    except TypeError:
        number = low - 1
    if isinstance(value, bool) or not low <= number <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
    return number


def check_one_choice(num_styles: int, styles: Any, reference: Any, seed: int | None) -> None:
    """ValueError where styles are asked for in two ways."""
    ways = {
        "num_styles": num_styles != 1,
        "seed": seed is not None,
        "styles": styles is not None,
        "reference": reference is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1 and given != ["num_styles", "seed"]:
        raise ValueError(
            f"{' and '.join(given)} exclude each other; give num_styles and seed, or styles, "
            "or reference."
        )


def style_codes(styles: Any, dim: int) -> Tensor:
    """Given styles, or a single one, as (S, dim) float32; ValueError for what they cannot be."""
    if isinstance(styles, list | tuple) and styles and all(map(torch.is_tensor, styles)):
        styles = [style.tolist() for style in styles]  # torch makes no tensor of tensors
    try:
        codes = torch.as_tensor(styles, dtype=torch.float32).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"styles must be numbers of shape (S, {dim}): {error}.") from None
    if codes.ndim == 1:
        codes = codes[None]
    if codes.ndim != 2 or codes.shape[1] != dim or not 1 <= len(codes) <= MAX_STYLES:
        raise ValueError(
            f"styles must be of shape ({dim},) or (1 to {MAX_STYLES}, {dim}), "
            f"not {tuple(codes.shape)}."
        )
    if not codes.isfinite().all():
        raise ValueError("styles must be finite numbers.")
    return codes
