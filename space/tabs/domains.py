"""The tab of the domains that a model found: what is in them, and the ways between their styles."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr
from gradio.components.api_component import Api
from gradio.events import Dependency

from space.domains import Domain, domains_of, has_found_domains, in_every_domain, on_the_way
from space.inference import NO_PICTURE
from space.instant import large, picture_box, to_url
from space.models import targets_of
from space.page import PRIVATE, Page, said_to_the_visitor
from space.parts import enlarge, example_row, moved, own_file, upload_box
from space.picture import PHOTOGRAPHS, picked
from space.tabs.again import once_more, times_shown
from space.tabs.asking import asked_model, model_part
from space.text import DOMAINS

_COLUMNS = 5
# One answer for the last of many moves, and no sign of waiting.
_LIVE = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "always_last"}


class Way(NamedTuple):
    """The picture on its way from a domain's mean style to that of a reference.

    times: grows as the page itself goes elsewhere on the way.
    """

    shown: gr.HTML
    how_far: gr.Slider
    reference: gr.Image
    times: gr.Number


def domains_tab(page: Page, tab: gr.Tab) -> None:
    """Contact sheets, the picture in every domain, and between a mean and a reference."""
    gr.Markdown(DOMAINS)
    sheets = _to_choose_from("What is in each domain, and in how many pictures", "domain-sheets")
    everywhere = _to_choose_from("Your picture in the mean style of every domain", "domain-means")
    way = _way()
    adapted = _adapting(page, tab, sheets)
    times = times_shown(page, tab, adapted, "#domain-way")
    _connect(page, times, everywhere, way)
    for gallery in (sheets, everywhere):
        went = gallery.select(_go_there, page.model, [page.target, way.how_far], **PRIVATE)
        once_more(went, way.times)
    _add_endpoint(page)


def _to_choose_from(label: str, elem_id: str) -> gr.Gallery:
    """A picture for every domain; a click says which."""
    return gr.Gallery(
        label=label,
        columns=_COLUMNS,
        height="auto",
        format="png",
        allow_preview=False,
        interactive=False,
        buttons=[],
        elem_id=elem_id,
        elem_classes="domains",
    )


def _way() -> Way:
    with gr.Row(elem_id="domain-way"):
        with gr.Column(min_width=200):
            shown = picture_box("The picture in the chosen style", elem_id="domain-picture")
            how_far = gr.Slider(
                0,
                1,
                0,
                step=0.05,
                buttons=[],
                interactive=False,
                label="How far from the domain's mean (0) to the reference (1)",
            )
        with gr.Column(scale=2, min_width=320):
            reference = upload_box("Reference: any picture, for its style", height=200)
            photographs = example_row(PHOTOGRAPHS, "Example photographs, made by a model")
    with gr.Row(elem_classes="away"):
        times = gr.Number(0)
    photographs.select(_take_example, None, reference, **PRIVATE)
    once_more(reference.change(_reach, reference, how_far, **PRIVATE), times)
    return Way(shown, how_far, reference, times)


def _adapting(page: Page, tab: gr.Tab, sheets: gr.Gallery) -> Dependency:
    def adapt(model):
        if not has_found_domains(model):
            return gr.Tab(interactive=False), gr.skip()
        return gr.Tab(interactive=True), _sheets(model)

    changes = [page.model.change, tab.select]
    return gr.on(changes, adapt, page.model, [tab, sheets], **PRIVATE)


def _sheets(model: str) -> gr.Gallery:
    domains = domains_of(model)
    pictures = [(own_file(domain.sheet), _caption(domain)) for domain in domains if domain.sheet]
    # Which one was clicked tells the domain by its number, so there must be one of each.
    return gr.Gallery(pictures, visible=len(pictures) == len(domains), selected_index=None)


def _caption(domain: Domain) -> str:
    return f"{domain.name}: {domain.pictures:,}"


def _connect(page: Page, times: gr.Number, everywhere: gr.Gallery, way: Way) -> None:
    asked = [page.route, *page.source]
    moves = [moved(way.how_far), way.times.change, page.route.change]
    go = {"fn": _gone, "inputs": [*asked, way.reference, way.how_far], "outputs": way.shown}
    gr.on(moves, **go, **_LIVE)
    again = times.change(**go, **_LIVE)
    again.then(_everywhere, asked, everywhere, **_LIVE | {"show_progress": "minimal"})


def _gone(route, on_paper, drawing, upload, reference, how_far):
    with said_to_the_visitor(upload, reference):
        picture = picked(on_paper, drawing, upload)
        if not has_found_domains(route.model):
            return gr.skip()
        if picture is None:
            return gr.HTML("", note=NO_PICTURE)
        made = on_the_way(route.model, picture, route.target, reference, how_far)
        return gr.HTML(to_url(large(made)), note="")


def _everywhere(route, on_paper, drawing, upload):
    with said_to_the_visitor(upload):
        picture = picked(on_paper, drawing, upload)
        if picture is None or not has_found_domains(route.model):
            return []
        images = in_every_domain(route.model, picture)
        names = targets_of(route.model)
        return [(enlarge(i), name) for i, name in zip(images, names, strict=True)]


def _go_there(model, chosen: gr.SelectData):
    """To the mean of a domain, from which the reference is as far as the whole slider."""
    return targets_of(model)[chosen.index], 0


def _reach(reference):
    """To a new reference; without one there is nowhere to go from the mean."""
    there = reference is not None
    return gr.Slider(value=int(there), interactive=there)


def _take_example(chosen: gr.SelectData):
    return own_file(PHOTOGRAPHS[chosen.index])


def _add_endpoint(page: Page) -> None:
    def domains(model: str | None = None) -> list[dict[str, Any]]:
        """The domains that a model translates into.

        Each has its name; source, the domain of the pictures that become it, null where any do;
        and pictures, how many of the training set are in a domain that the model found by itself.

        Args:
            model: one of the page's own models, the first if not given
        """
        with said_to_the_visitor():
            found = domains_of(asked_model(page, model))
        return [{"name": one.name, "source": one.source, "pictures": one.pictures} for one in found]

    answer = Api([], {"type": "array", "items": {"type": "object"}}, "Domains")
    gr.on([], domains, [model_part(page)], answer, api_name="domains")  # no control starts it
