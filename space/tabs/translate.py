"""The tab that translates the visitor's picture; and the endpoint /translate."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

from space import inference
from space.choices import draws_styles, fits, roll, takes_reference
from space.history import Past, remember
from space.kept import Kept, keep
from space.links import mirror
from space.models import name_of
from space.page import PRIVATE, TOLD, Page, said_to_the_visitor
from space.parts import enlarge
from space.picture import picked
from space.tabs import translate_history as history
from space.tabs import translate_results as made
from space.tabs import translate_style as styles
from space.tabs.again import once_more
from space.tabs.asking import asked_model, model_part, target_part

_COUNT_AND_SCROLL = """count => {
  document.querySelector("#results").scrollIntoView({ behavior: "smooth", block: "nearest" });
  return count + 1;
}"""


def translate_tab(page: Page, view: inference.Translation | None) -> None:
    """Results, the styles they are made in, and the session's history; opens with `view`."""
    run = gr.Button("Translate", variant="primary", elem_id="run")
    used = styles.style_in_use()
    with gr.Row(equal_height=True):
        drawn = styles.drawn_styles(page)
    results = made.results(None if view is None else _first(page, view))
    examples = [enlarge(image) for image in view.images[4:]] if view else []
    reference = styles.reference_box(page, examples)
    strip = history.history_strip(page)
    styles.connect_styles(page, drawn, used, reference)
    _connect_use(results, used)
    _connect_run(page, run, drawn, used, reference, results, strip)
    _connect_history(page, drawn, used, reference, results, strip)
    _add_endpoint(page, drawn, reference, results)


def _first(page: Page, view: inference.Translation) -> Kept:
    seed = 0 if draws_styles(page.start) else None
    drawn, target = page.source.drawn.value, page.target.value
    return keep(page.start, name_of(page.start), target, drawn, seed, view)


def _connect_run(
    page: Page,
    run: gr.Button,
    drawn: styles.Drawn,
    used: styles.InUse,
    reference: styles.Reference,
    results: made.Results,
    strip: history.Strip,
) -> None:
    def on_page(model, target, on_paper, drawing, upload, number, seed, style, exemplar, past):
        style = style if fits(style, model, target) else None
        exemplar = exemplar if takes_reference(model) and style is None else None
        with said_to_the_visitor(upload, exemplar):
            picture = picked(on_paper, drawing, upload)
            how = (number, seed, exemplar, style and style.codes)
            result = inference.translate(model, picture, target, *how)
        decided = draws_styles(model) and style is None and exemplar is None
        seed = seed if decided else None
        kept = keep(model, name_of(model), target, on_paper, seed, result, style)
        past = remember(past, history.past_of(kept, number, drawing, upload))
        return [*made.show(kept), *history.strip_of(past, model)]

    event: dict[str, Any] = {
        "fn": on_page,
        "inputs": [
            *(page.model, page.target, *page.source),
            *(drawn.num_styles, drawn.seed, used.style, reference.picture, strip.past),
        ],
        "outputs": [*results, *strip],
        "show_progress_on": results.gallery,
        "api_visibility": "private",
        "trigger_mode": "always_last",
    }
    _times_asked(page, run, drawn).change(**event)
    mirror(drawn.seed, "seed", 0)


def _times_asked(page: Page, run: gr.Button, drawn: styles.Drawn) -> gr.Number:
    """A number whose change says: translate. It grows with whatever asks for it.

    Two events of their own could run at once, and each would forget what the other remembered.
    """
    with gr.Row(elem_classes="away"):
        times = gr.Number(0)  # no State: the browser counts
    by_visitor = {"js": _COUNT_AND_SCROLL, "inputs": times, "outputs": times} | PRIVATE
    gr.on([run.click, drawn.seed.submit], None, **by_visitor)
    once_more(drawn.dice.click(roll, None, drawn.seed, **PRIVATE), times)
    given = page.anew.change(styles.seed_of, [page.anew, drawn.seed], drawn.seed, **PRIVATE)
    once_more(given, times)
    return times


def _connect_use(results: made.Results, used: styles.InUse) -> None:
    inputs = [results.kept, results.chosen]
    results.use.click(made.chosen_style, inputs, used.style, **TOLD)


def _connect_history(
    page: Page,
    drawn: styles.Drawn,
    used: styles.InUse,
    reference: styles.Reference,
    results: made.Results,
    strip: history.Strip,
) -> None:
    decides = [page.target, drawn.num_styles, drawn.seed, used.style, reference.picture]
    outputs = [*page.source, page.sheets, *decides, *results]

    @strip.tiles.select(inputs=[strip.past, page.model], outputs=outputs, **TOLD)
    def bring_back(past: list[Past], model: str, tile: gr.SelectData):
        one = history.chosen_past(past, model, tile.index)
        seed = gr.skip() if one.kept.seed is None else one.kept.seed
        decided = [one.kept.target, one.num_styles, seed, history.style_again(one), None]
        return [*history.source_of(one), *decided, *made.show(one.kept)]


def _add_endpoint(
    page: Page, drawn: styles.Drawn, reference: styles.Reference, results: made.Results
) -> None:
    def translate(
        image: str,
        target: str,
        num_styles: int = 8,
        seed: int = 0,
        reference: str | None = None,
        model: str | None = None,
    ) -> list[Image.Image]:
        """Translates a picture into another domain: num_styles results, the same for the same seed.

        With a reference picture of that domain there is one result, in its style. Sketches may be
        drawn in any way. Results have the model's own size.

        Args:
            image: The picture to translate: a sketch, or a photograph.
            target: The name of the domain to translate into.
            num_styles: How many results, 1 to 16.
            seed: Decides the styles, 0 to 4294967295.
            reference: A picture of the target domain, in whose style to translate.
            model: One of the page's own models; /domains tells what each translates into.

        Returns:
            The translated pictures.
        """
        with said_to_the_visitor(image, reference):
            asked = asked_model(page, model, target)
            return inference.translate(asked, image, target, num_styles, seed, reference).images

    picture, goal, which = page.source.upload, target_part(page), model_part(page)
    inputs = [picture, goal, drawn.num_styles, drawn.seed, reference.picture, which]
    gr.on([], translate, inputs, results.gallery, api_name="translate")  # no control starts it
