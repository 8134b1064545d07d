"""What the page says of a model, whatever its kind; none of it repeats the model's own words."""

from __future__ import annotations

from space.models import SKETCH, first_target, open_pipeline, source_of, targets_of

_SKETCH = """# A sketch becomes many pictures
Draw: your first stroke replaces the example. The model keeps your lines (*content*) and makes up
the rest (*style*)."""
_STYLES = """# One picture, many styles
Choose a picture: the model keeps what is where (*content*) and makes up how it looks (*style*)."""
_FOUND = """# Any picture, in the look of another
Choose a picture: the model keeps what is where (*content*), and takes how it looks (*style*) from a
domain that it found by itself, or from a picture that you show it."""
_ONE = """# One picture becomes another
Choose a picture: the model translates it into its other domain. It knows no styles: every picture
has one translation."""
_ONE_SKETCH = """# A sketch becomes a picture
Draw: your first stroke replaces the example. The model fills your lines in, in one way: it knows no
styles."""


def headline(model: str) -> str:
    """The page's title and first sentence, as Markdown."""
    net = open_pipeline(model).model
    if net.domain_in_style:
        return _FOUND
    if draws(model):
        return _SKETCH if net.style_dim else _ONE_SKETCH
    return _STYLES if net.style_dim else _ONE


def draws(model: str) -> bool:
    """Whether a model translates drawings."""
    return any(source_of(model, target) == SKETCH for target in targets_of(model))


def directions(model: str) -> list[tuple[str, str]]:
    """What visitors choose a target from, the first as the page opens: words, and its name."""
    first = first_target(model)
    names = sorted(targets_of(model), key=lambda name: name != first)
    return [(_direction(source_of(model, name), name), name) for name in names]


def question(model: str) -> str:
    """What the choice of a target is called."""
    return "Domain" if open_pipeline(model).model.domain_in_style else "Direction"


def _direction(source: str | None, target: str) -> str:
    if source is None:
        return target
    start, goal = ("sketch" if name == SKETCH else name for name in (source, target))
    return f"{start[:1].upper()}{start[1:]} → {goal}"
