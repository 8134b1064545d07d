"""The tab in which a picture is moved through the space of its styles."""

from __future__ import annotations

import secrets

import gradio as gr
from gradio.events import Dependency

from space.inference import MAX_SEED
from space.instant import picture_box
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import example_row, moved, own_file, upload_box
from space.picture import PHOTOGRAPHS, picked
from space.style_map import draw_map, numbers_at
from space.style_space import clipped, drawn, open_space
from space.tabs import styles_parts as shown
from space.tabs.again import times_shown
from space.tabs.styles_api import add_endpoints
from space.tabs.styles_walk import Ends, connect_walk, random_ends, walk_part
from space.walk import style_of

# One answer for the last of many moves, and no sign of waiting: a move takes a tenth of a second.
_LIVE = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "always_last"}


def styles_tab(page: Page, tab: gr.Tab) -> None:
    """Sliders, the picture in their style, the map, and a walk; `tab` is where they are."""
    space = shown.space_of(page.start, page.target.value)
    words = [gr.Markdown(text, render=False) for text in shown.about(space)]
    words[0].render()
    with gr.Row(elem_id="style-space"):
        with gr.Column(min_width=200, elem_id="style-shown"):
            picture = picture_box("The picture in this style", elem_id="style-picture")
            with gr.Row():
                dice = gr.Button("Random", min_width=80)
                zero = gr.Button("All zero", min_width=80)
        with gr.Column(scale=2, min_width=320):
            values = shown.value_sliders(space)
            words[1].render()
            sheet = shown.map_box(space)
            with gr.Row():
                x, y = shown.place_sliders(space)
            with gr.Accordion("Go to the style of a picture", open=False):
                reference = upload_box("Picture whose style to take", height=200)
                photographs = example_row(PHOTOGRAPHS, "Example photographs, made by a model")
    parts = shown.Parts(picture, sheet, x, y, values)
    walk = walk_part(page.start, page.target.value)
    wanted = _connect_changes(page, tab, parts, walk.ends, words)
    _connect_moves(page, parts, dice, zero, reference)
    photographs.select(_take_example, None, reference, **PRIVATE)
    redone = _connect_again(page, parts, wanted)
    connect_walk(page, values, walk, redone)
    add_endpoints(page, walk)


def _connect_changes(
    page: Page, tab: gr.Tab, parts: shown.Parts, ends: Ends, words: list[gr.Markdown]
) -> gr.Number:
    """Keeps the parts to the model and the target; counts when to show the picture again."""

    def adapt(route):
        space = shown.space_of(*route)
        if space is None:
            return {tab: gr.Tab(interactive=False)}
        start, end = random_ends(*route, 0)
        fitting = {tab: gr.Tab(interactive=True), ends.start: start, ends.end: end}
        fitting |= dict(zip(words, shown.about(space), strict=True))
        return fitting | shown.adapted(parts, space)

    adapted = page.route.change(
        adapt, page.route, [tab, *words, ends.start, ends.end, *parts.each()], **PRIVATE
    )
    return times_shown(page, tab, adapted, "#style-space")


def _connect_again(page: Page, parts: shown.Parts, wanted: gr.Number) -> Dependency:
    """The picture anew, and after it the map."""
    asked = [page.route, *page.source]

    redone = wanted.change(_moved, [*asked, *parts.values], parts.each()[:4], **_LIVE)
    redone.success(_mapped, asked, parts.map, **_LIVE | {"show_progress": "minimal"})
    return redone


def _connect_moves(
    page: Page, parts: shown.Parts, dice: gr.Button, zero: gr.Button, reference: gr.Image
) -> None:
    asked = [page.route, *page.source]
    everything = parts.each()
    gr.on([*map(moved, parts.values)], _moved, [*asked, *parts.values], parts.each()[:4], **_LIVE)
    gr.on(
        [moved(parts.x), moved(parts.y)],
        _placed,
        [*asked, parts.x, parts.y],
        [*parts[:2], *parts.values],
        **_LIVE,
    )
    parts.map.select(_clicked, asked, everything, **_LIVE)
    dice.click(_rolled, asked, everything, **_LIVE)
    zero.click(_zeroed, asked, everything, **_LIVE)
    reference.change(_taken, [*asked, reference], everything, **_LIVE)


def _mapped(route, on_paper, drawing, upload):
    with said_to_the_visitor(upload):
        picture = picked(on_paper, drawing, upload)
        return "" if picture is None else draw_map(route.model, picture, route.target)


def _moved(route, on_paper, drawing, upload, *numbers):
    with said_to_the_visitor(upload):
        picture, space = picked(on_paper, drawing, upload), open_space(*route)
        return shown.view(route.model, picture, route.target, space, numbers)[:4]


def _placed(route, on_paper, drawing, upload, x, y):
    made = _shown_at(route, on_paper, drawing, upload, x, y)
    return [*made[:2], *made[4:]]


def _clicked(route, on_paper, drawing, upload, click: gr.EventData):
    place = click._data if isinstance(click._data, dict) else {}
    return _shown_at(route, on_paper, drawing, upload, place.get("x"), place.get("y"))


def _shown_at(route, on_paper, drawing, upload, x, y):
    with said_to_the_visitor(upload):
        picture, space = picked(on_paper, drawing, upload), open_space(*route)
        return shown.view(route.model, picture, route.target, space, numbers_at(space, x, y))


def _rolled(route, on_paper, drawing, upload):
    style = drawn(*route, secrets.randbelow(MAX_SEED))
    return _in_style(route, on_paper, drawing, upload, style)


def _zeroed(route, on_paper, drawing, upload):
    style = open_space(*route).sliders.origin
    return _in_style(route, on_paper, drawing, upload, style)


def _taken(route, on_paper, drawing, upload, reference):
    if reference is None:
        return gr.skip()
    with said_to_the_visitor(reference):
        style = style_of(route.model, reference, route.target)
    return _in_style(route, on_paper, drawing, upload, style)


def _in_style(route, on_paper, drawing, upload, style):
    with said_to_the_visitor(upload):
        picture, space = picked(on_paper, drawing, upload), open_space(*route)
        numbers = clipped(space.sliders.numbers(style))
        return shown.view(route.model, picture, route.target, space, numbers)


def _take_example(chosen: gr.SelectData):
    return own_file(PHOTOGRAPHS[chosen.index])
