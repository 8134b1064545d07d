"""The endpoints /interpolate and /encode_style, for programs."""

from __future__ import annotations

import gradio as gr
from gradio.components.api_component import Api
from PIL import Image

from space.page import Page, said_to_the_visitor
from space.tabs.asking import asked_model, model_part, target_part
from space.tabs.styles_walk import Walk
from space.walk import end_of_walk, style_of, walk

_SEED = {"type": "integer"}
_STYLE = {"type": "array", "items": {"type": "number"}}


def add_endpoints(page: Page, parts: Walk) -> None:
    """Both work with any of the page's own models."""

    def interpolate(
        image: str,
        target: str,
        steps: int = 8,
        start_seed: int = 0,
        end_seed: int = 1,
        start_style: list[float] | None = None,
        end_style: list[float] | None = None,
        model: str | None = None,
    ) -> list[Image.Image]:
        """One picture in steps styles of the domain target, from one style to another.

        Each end is the style that a seed draws in a translation, or a given style. The steps are
        equal, and both ends are among the 2 to 16 results, which have the model's own size.

        Args:
            image: the picture to translate; a sketch may be drawn in any way
            target: the domain to translate into
            steps: number of results, 2 to 16
            start_seed: of the first style, 0 to 4294967295
            end_seed: of the last style, 0 to 4294967295
            start_style: the first style itself, as encode_style gives one, instead of its seed
            end_style: the last style itself, instead of its seed
            model: one of the page's own models; /domains tells what each translates into
        """
        with said_to_the_visitor(image):
            asked = asked_model(page, model, target)
            start = end_of_walk(asked, target, start_style, start_seed)
            end = end_of_walk(asked, target, end_style, end_seed)
            return walk(asked, image, target, start, end, steps)

    def encode_style(image: str, domain: str, model: str | None = None) -> list[float]:
        """The style of a picture of a domain, as numbers.

        Args:
            image: a picture of that domain
            domain: one that the model translates into
            model: one of the page's own models; /domains tells what each translates into
        """
        with said_to_the_visitor(image):
            return style_of(asked_model(page, model, domain), image, domain)

    picture, domain, which = page.source.upload, target_part(page), model_part(page)
    seeds = [Api(default, _SEED, label) for default, label in enumerate(("Start seed", "End seed"))]
    styles = [Api(None, _STYLE, label) for label in ("Start style", "End style")]
    inputs = [picture, domain, parts.steps, *seeds, *styles, which]
    gr.on([], interpolate, inputs, parts.strip, api_name="interpolate")  # no control starts these
    style = Api([], _STYLE, "Style")
    gr.on([], encode_style, [picture, domain, which], style, api_name="encode_style")
