"""Where the styles of a target lie: numbers for sliders, and the plane that shows most of them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from space.inference import MAX_SEED, check_whole
from space.models import has_mean_styles, open_pipeline

MAX_SLIDERS = 16
LIMIT = 3.0  # of a slider, either way: a number of N(0, 1) lies within it 997 times in 1000
_DIRECTIONS = 8  # of styles that have more numbers than there are sliders
_REACH = 0.9  # of the plane's half side, at which the farthest style lies
_DRAWN = 200
STYLES = "styles.json"  # beside a model: {domain: styles of pictures that it was not trained on}

Array = np.ndarray[Any, Any]


class Frame(NamedTuple):
    """Numbers for styles: a style is origin (D,) + numbers (K,) @ axes (K, D), orthogonal rows."""

    origin: Array
    axes: Array

    def styles(self, numbers: Any) -> Array:
        """The styles (..., D) of numbers (..., K)."""
        return self.origin + np.asarray(numbers, np.float64) @ self.axes

    def numbers(self, styles: Any) -> Array:
        """The numbers (..., K) of the nearest styles that the frame has to these (..., D)."""
        return (np.asarray(styles, np.float64) - self.origin) @ np.linalg.pinv(self.axes)


class StyleSpace(NamedTuple):
    """The styles of a target.

    sliders: at most MAX_SLIDERS numbers from -LIMIT to LIMIT, `whole` if they are the style's own
    and not directions through it; start (K,): the mean style; styles (N, style_dim): those that
    both are made for, of `kind`; plane: two numbers from -1 to 1; points (N, 2): where they lie.
    """

    sliders: Frame
    whole: bool
    start: Array
    styles: Array
    kind: str
    plane: Frame
    points: Array


def principal_frame(styles: Array, count: int, reach: float) -> Frame:
    """The mean of styles (N, D), and their `count` principal directions, fewer if there are not.

    Each is scaled so that the farthest of these styles has the number `reach` there.
    """
    origin = styles.mean(0)
    _, lengths, directions = np.linalg.svd(styles - origin, full_matrices=False)
    rank = max(int((lengths > 1e-6 * max(lengths[0], 1e-6)).sum()), 1)
    axes = directions[: min(count, rank)]
    # A direction and its opposite are as good: the first large number is made positive.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1)
    axes = axes * np.where(largest < 0, -1, 1)
    farthest = np.abs((styles - origin) @ axes.T).max(0)
    return Frame(origin, axes * (farthest / reach)[:, None])


def has_style_space(model: str) -> bool:
    """Whether a model has styles to choose from: of found domains, it must know two at least."""
    net = open_pipeline(model).model
    if net.domain_in_style:
        return bool(_real_styles(model)) or len(_domains_with_pictures(net)) > 1
    return net.style_dim > 0


@lru_cache(maxsize=32)
def open_space(model: str, target: str) -> StyleSpace:
    """The style space of a target. ValueError if the model has no such target, or no styles."""
    net = open_pipeline(model).model
    net.domain_index(target)
    if not has_style_space(model):
        raise ValueError("This model has no styles: it makes one picture of each input.")
    styles, kind = _styles(model, target)
    whole = net.style_dim <= MAX_SLIDERS
    if whole:
        sliders = Frame(np.zeros(net.style_dim), np.eye(net.style_dim))
    else:
        sliders = principal_frame(styles, _DIRECTIONS, _REACH * LIMIT)
    plane = _two_axes(principal_frame(styles, 2, _REACH))
    start = clipped(sliders.numbers(plane.origin))
    if net.domain_in_style and has_mean_styles(model):
        start = clipped(sliders.numbers(net.domain_style(target).numpy(force=True)))
    return StyleSpace(sliders, whole, start, styles, kind, plane, plane.numbers(styles))


def drawn(model: str, target: str, seed: int) -> Array:
    """A random style (style_dim,) of the target: the one that a translation draws first.

    Found domains have but one to draw, their mean: there it lies between two that are known.
    """
    check_whole("seed", seed, 0, MAX_SEED)
    net = open_pipeline(model).model
    if not net.domain_in_style:
        return _of_the_prior(net, 1, seed)[0]
    styles, random = open_space(model, target).styles, np.random.default_rng(seed)
    one, other = styles[random.choice(len(styles), 2, replace=False)]
    return one + random.uniform() * (other - one)


def clipped(numbers: Array) -> Array:
    """Numbers as a slider can show them."""
    return np.clip(np.round(numbers, 3), -LIMIT, LIMIT)


def _styles(model: str, target: str) -> tuple[Array, str]:
    """Styles (N, D) of a target, and what they are."""
    net = open_pipeline(model).model
    real = _real_styles(model)
    if net.domain_in_style and real:
        return np.concatenate([*real.values()]), "styles of real pictures"
    if target in real:
        return real[target], "styles of real pictures"
    if net.domain_in_style:
        known = [net.domain_style(name) for name in _domains_with_pictures(net)]
        return torch.stack(known).numpy(force=True).astype(np.float64), "the domains' mean styles"
    return _of_the_prior(net, _DRAWN, 0), "random styles"


def _of_the_prior(net: Any, n: int, seed: int) -> Array:
    """Styles (n, style_dim) as models sample them; on the CPU, as ZeroGPU lends nothing here."""
    styles = torch.randn(n, net.style_dim, generator=torch.Generator().manual_seed(seed))
    return styles.double().numpy()


def _domains_with_pictures(net: Any) -> list[str]:
    sizes = net.config.domain_sizes or [0] * len(net.targets)
    return [name for name, size in zip(net.targets, sizes, strict=True) if size > 0]


@lru_cache(maxsize=8)
def _real_styles(model: str) -> dict[str, Array]:
    """The styles that lie beside a model, by domain; ValueError if they are not its own."""
    file, width = Path(model, STYLES), open_pipeline(model).model.style_dim
    if not file.is_file():
        return {}
    found = json.loads(file.read_text(encoding="utf-8"))
    styles = {name: np.asarray(rows, np.float64) for name, rows in found.items() if len(rows) > 1}
    for name, rows in styles.items():
        if rows.ndim != 2 or rows.shape[1] != width or not np.isfinite(rows).all():
            raise ValueError(f"{file} must have {width} finite numbers a style in {name}.")
    return styles


def _two_axes(frame: Frame) -> Frame:
    """A frame of one direction with a second that leads nowhere."""
    missing = np.zeros((2 - len(frame.axes), frame.axes.shape[1]))
    return Frame(frame.origin, np.concatenate((frame.axes, missing)))
