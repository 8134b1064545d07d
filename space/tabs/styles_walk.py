"""A walk between two styles: a strip of pictures, and an animated one to take away."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import gradio as gr
from gradio.events import Dependency

from space.choices import roll
from space.inference import MAX_SEED, check_whole
from space.instant import large, picture_box
from space.models import repo_of
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import file_name, result_gallery, seed_box, to_file
from space.picture import picked
from space.style_space import clipped, drawn, has_style_space, open_space
from space.tabs.styles_parts import pictured
from space.walk import MAX_STEPS, animated_walk, there_and_back

_QUICK = {"api_visibility": "private", "show_progress": "hidden"}


class Ends(NamedTuple):
    """Where a walk begins and ends, in the numbers of the sliders; and a picture of each."""

    start: gr.State
    end: gr.State
    first: gr.HTML
    last: gr.HTML


class Walk(NamedTuple):
    """The ends, what sets them, and what a walk fills."""

    ends: Ends
    from_here: gr.Button
    to_here: gr.Button
    seed: gr.Number
    both: gr.Button
    steps: gr.Slider
    run: gr.Button
    results: gr.Column
    strip: gr.Gallery
    film: gr.Image
    file: gr.DownloadButton


def walk_part(model: str, target: str) -> Walk:
    """The controls and the results, still empty."""
    gr.Markdown("### A walk from one style to another")
    begin, finish = random_ends(model, target, 0)
    start, end = gr.State(begin), gr.State(finish)
    with gr.Row(elem_id="walk"):
        with gr.Column(min_width=110):
            first = picture_box("Where the walk begins", elem_classes="walk-end")
            from_here = gr.Button("Begin here")
        with gr.Column(min_width=110):
            last = picture_box("Where the walk ends", elem_classes="walk-end")
            to_here = gr.Button("End here")
        with gr.Column(scale=2, min_width=240):
            steps = gr.Slider(2, MAX_STEPS, 8, step=1, buttons=[], label="Pictures on the way")
            label = "Seed: the same again, the same ends"
            seed = seed_box(label, MAX_SEED - 1)
            both = gr.Button("Two random ends")
            run = gr.Button("Walk", variant="primary")
    return Walk(Ends(start, end, first, last), from_here, to_here, seed, both, steps, run, *_made())


def random_ends(model: str, target: str, seed: int) -> list[list[float]]:
    """Slider numbers of the styles of a seed and of the next; of none where there are no styles."""
    if not has_style_space(model):
        return [[], []]
    sliders = open_space(model, target).sliders
    styles = [drawn(model, target, number) for number in (seed, seed + 1)]
    return [clipped(sliders.numbers(style)).tolist() for style in styles]


def connect_walk(page: Page, values: tuple[gr.Slider, ...], walk: Walk, redone: Dependency) -> None:
    """`redone` is the event after which the pictures of the ends are old."""
    asked, ends = [page.route, *page.source], walk.ends
    for button, end, box in (
        (walk.from_here, ends.start, ends.first),
        (walk.to_here, ends.end, ends.last),
    ):
        button.click(_taken, [*asked, *values], [end, box], **_QUICK)
    redone.success(_shown, [*asked, ends.start, ends.end], [ends.first, ends.last], **_QUICK)
    rolled = walk.both.click(roll, None, walk.seed, **PRIVATE)
    drawn_ends = [
        event(_drawn, [*asked, walk.seed], [*ends], **_QUICK).success
        for event in (rolled.then, walk.seed.submit)
    ]
    for pressed in (walk.run.click, *drawn_ends):
        pressed(
            _walked,
            [*asked, ends.start, ends.end, walk.steps],
            [walk.results, walk.strip, walk.film, walk.file],
            show_progress_on=walk.run,
            api_visibility="private",
        )


def _made() -> tuple[gr.Column, gr.Gallery, gr.Image, gr.DownloadButton]:
    with gr.Column(visible=False) as whole:
        strip = result_gallery([], "The walk: click a picture to see it large", 8, "walk-strip")
        with gr.Row(equal_height=False):
            film = gr.Image(
                label="There and back",
                alt_text="The walk there and back, moving",
                type="filepath",
                interactive=False,
                buttons=[],
                height=300,
                min_width=240,
                elem_id="walk-film",
            )
            file = gr.DownloadButton("Download the moving picture (WebP)", min_width=240)
    return whole, strip, film, file


def _taken(route, on_paper, drawing, upload, *numbers):
    with said_to_the_visitor(upload):
        picture, space = picked(on_paper, drawing, upload), open_space(*route)
        here = [*numbers][: len(space.start)]
        return here, *pictured(route.model, picture, route.target, space, [here])


def _shown(route, on_paper, drawing, upload, *ends):
    with said_to_the_visitor(upload):
        picture, space = picked(on_paper, drawing, upload), open_space(*route)
        return pictured(route.model, picture, route.target, space, ends)


def _drawn(route, on_paper, drawing, upload, seed):
    with said_to_the_visitor(upload):
        check_whole("seed", seed, 0, MAX_SEED - 1)
        ends = random_ends(*route, seed)
    return *ends, *_shown(route, on_paper, drawing, upload, *ends)


def _walked(route, on_paper, drawing, upload, start, end, steps):
    with said_to_the_visitor(upload):
        sliders = open_space(*route).sliders
        ends = sliders.styles(start), sliders.styles(end)
        picture = picked(on_paper, drawing, upload)
        strip, frames = animated_walk(route.model, picture, route.target, *ends, steps)
    words = f"walk through styles {Path(repo_of(route.model)).name} {route.target}"
    film = to_file(there_and_back([*map(large, frames)]), file_name(words, "webp"))
    shown = gr.Gallery([*map(large, strip)], selected_index=None)
    return gr.Column(visible=True), shown, film, film
