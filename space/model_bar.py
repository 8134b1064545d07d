"""The bar on top of the page: which model, any other of the Hub, and the card of the chosen one."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from space.cards import card_of, title_of, titles_of
from space.models import find_model, name_of


class Coming(NamedTuple):
    """The model that the page is changing to; whether results are made anew, from which seed."""

    model: str
    seed: int | None
    anew: bool


class ModelBar(NamedTuple):
    """The parts of the bar.

    coming: a `Coming`, whose model `model` takes over last: its change finds a page that fits it.
    """

    model: gr.State
    coming: gr.State
    name: gr.Dropdown
    wanted: gr.Textbox
    open: gr.Button
    card: gr.Accordion
    text: gr.HTML

    def parts(self) -> list[Any]:
        """Those that change before the model does."""
        return [self.coming, self.name, self.wanted, self.card, self.text]


def model_bar(own: dict[str, str]) -> ModelBar:
    """The bar, showing the first of the page's own models."""
    start = next(iter(own.values()))
    with gr.Row(elem_id="models"):
        name = gr.Dropdown(
            _choices(own, start),
            value=name_of(start),
            label="Model",
            min_width=280,
            elem_id="model",
        )
        with gr.Column(scale=2, min_width=280):
            with gr.Accordion(_heading(start), open=False, elem_id="card") as card:
                text = gr.HTML(card_of(start), elem_id="card-text")
            with gr.Accordion("Another model of the Hub", open=False, elem_id="another"), gr.Row():
                wanted = gr.Textbox(
                    label="Its id, owner/name", max_lines=1, min_width=180, elem_id="wanted"
                )
                button = gr.Button("Open", scale=0, min_width=80, elem_id="open")
    coming = gr.State(Coming(start, None, False))
    return ModelBar(gr.State(start), coming, name, wanted, button, card, text)


def opened(name: str | None, own: dict[str, str], progress: gr.Progress) -> str:
    """The model of a name, loaded, with a progress bar. ValueError says why it cannot be."""
    return find_model(name or "", own, lambda done, what: progress(done, desc=what))


def shown(bar: ModelBar, own: dict[str, str], model: str) -> dict[Any, Any]:
    """What the parts of the bar show of a model."""
    return {
        bar.name: gr.Dropdown(_choices(own, model), value=name_of(model)),
        bar.wanted: "",
        bar.card: gr.Accordion(_heading(model)),
        bar.text: card_of(model),
    }


def _choices(own: dict[str, str], model: str) -> list[tuple[str, str]]:
    """The page's own models by their titles, and the chosen one by its id if it is another's."""
    choices = [*zip(titles_of([*own.values()]), own, strict=True)]
    return choices if model in own.values() else [*choices, (name_of(model), name_of(model))]


def _heading(model: str) -> str:
    return f"About this model: {title_of(model)}"
