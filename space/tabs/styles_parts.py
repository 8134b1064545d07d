"""What shows a style: its numbers, the picture in it, and its place on the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from munit_hub.image_processor import PictureSource
from space.inference import NO_PICTURE
from space.instant import large, to_url
from space.live import decode
from space.style_map import dots, place_of
from space.style_space import (
    LIMIT,
    MAX_SLIDERS,
    StyleSpace,
    has_style_space,
    open_space,
)
from space.text import DRAG, MAP, STYLES
from space.zerogpu import LENDS

_STEP = 0.05
_SCRIPT = Path(__file__).parents[1] / "map.js"
_MAP = """
<div class="sheet" role="img" aria-label="Map of styles. A click goes to that place, as the two
 sliders of the map do.">
  {{#if value}}<img src="{{{value}}}" alt="" draggable="false">{{/if}}
  <svg viewBox="-1 -1 2 2" aria-hidden="true">{{{points}}}</svg><i></i>
</div>
"""


class Parts(NamedTuple):
    """A picture in a style, the map and the place there, and the style's numbers."""

    picture: gr.HTML
    map: gr.HTML
    x: gr.Slider
    y: gr.Slider
    values: tuple[gr.Slider, ...]

    def each(self) -> list[gr.HTML | gr.Slider]:
        """All of them, in the order of `view`."""
        return [self.picture, self.map, self.x, self.y, *self.values]


def space_of(model: str, target: str) -> StyleSpace | None:
    """The style space of a target, if the model has any."""
    return open_space(model, target) if has_style_space(model) else None


def view(
    model: str, picture: PictureSource | None, target: str, space: StyleSpace, numbers: Any
) -> list[Any]:
    """What `Parts` show of a picture in the style of these slider numbers."""
    numbers = [*numbers][: len(space.start)]
    (url,) = pictured(model, picture, target, space, [numbers])
    # No message at every move: the place of the picture says it.
    shown = gr.HTML(url, note="" if picture is not None else NO_PICTURE)
    x, y = place_of(space, numbers)
    rest = [gr.skip()] * (MAX_SLIDERS - len(numbers))
    return [shown, gr.HTML(x=x, y=y), x, y, *map(float, numbers), *rest]


def pictured(
    model: str, picture: PictureSource | None, target: str, space: StyleSpace, numbers: list[Any]
) -> list[str]:
    """The picture in the styles of some slider numbers, as data URLs; empty ones of no picture."""
    if picture is None:
        return [""] * len(numbers)
    styles = [space.sliders.styles(style) for style in numbers]
    return [to_url(large(image)) for image in decode(model, picture, target, styles)]


def map_box(space: StyleSpace | None) -> gr.HTML:
    """The map; its `select` says where it was clicked, `x` and `y` from -1 to 1."""
    return gr.HTML(
        "",
        html_template=_MAP,
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="style-map",
        drags=not LENDS,
        **_on_map(space),
    )


def place_sliders(space: StyleSpace | None) -> tuple[gr.Slider, gr.Slider]:
    """The place on the map, for the keyboard."""
    x, y = (0, 0) if space is None else place_of(space, space.start)
    options = {"step": 0.01, "buttons": [], "min_width": 240}
    return (
        gr.Slider(-1, 1, x, label="Map: across", **options),
        gr.Slider(-1, 1, y, label="Map: up", **options),
    )


def value_sliders(space: StyleSpace | None) -> tuple[gr.Slider, ...]:
    """A slider for each number; as many as any model may have, the rest hidden."""
    with gr.Group(elem_id="style-values"):
        return tuple(
            gr.Slider(-LIMIT, LIMIT, step=_STEP, buttons=[], **_of_slider(space, i))
            for i in _SLIDERS
        )


def about(space: StyleSpace | None) -> tuple[str, str]:
    """What the numbers of a style space are, and what is on its map."""
    if space is None:
        return "", ""
    words = {"count": len(space.start), "kind": space.kind, "drag": "" if LENDS else DRAG}
    return STYLES[space.whole].format(**words), MAP.format(**words)


def adapted(parts: Parts, space: StyleSpace) -> dict[Any, Any]:
    """The parts for another style space; their pictures are still to be made."""
    x, y = place_of(space, space.start)
    sliders = {parts.values[i]: gr.Slider(**_of_slider(space, i)) for i in _SLIDERS}
    return {parts.map: gr.HTML("", **_on_map(space)), parts.x: x, parts.y: y, **sliders}


_SLIDERS = range(MAX_SLIDERS)


def _of_slider(space: StyleSpace | None, index: int) -> dict[str, Any]:
    if space is None or index >= len(space.start):
        return {"value": 0, "visible": False, "label": f"Style {index + 1}"}
    label = f"{'Style' if space.whole else 'Direction'} {index + 1}"
    return {"value": float(space.start[index]), "visible": True, "label": label}


def _on_map(space: StyleSpace | None) -> dict[str, Any]:
    if space is None:
        return {"points": "", "x": 0, "y": 0}
    x, y = place_of(space, space.start)
    return {"points": dots(space), "x": x, "y": y}
