"""The page: the visitor's picture on the left, what is made of it in the tabs on the right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from space import inference
from space.checked import CheckedBlocks
from space.choosing import Parts, connect_models
from space.model_bar import model_bar
from space.models import own_models, place
from space.page import PRIVATE, Page
from space.parts import TIMES
from space.picture import column_for, first_picture, picture_column
from space.serving import KEPT, share_workers
from space.stored import store_whole
from space.tabs.compare import compare_tab
from space.tabs.domains import domains_tab
from space.tabs.matrix import matrix_tab
from space.tabs.styles import styles_tab
from space.tabs.translate import translate_tab
from space.text import ABOUT, ABOUT_TITLE, TITLE
from space.uses import tabs_for
from space.wording import headline

_TABS = Path(__file__).parent / "tabs.js"
LAUNCH = {
    "theme": gr.themes.Default(
        primary_hue="red",
        font=["system-ui", "sans-serif"],  # the visitor's own: nothing is fetched
        font_mono=["ui-monospace", "monospace"],
    ).set(  # Gradio's own are hard to see
        block_info_text_color="*neutral_500",
        body_text_color_subdued="*neutral_500",
        checkbox_border_color_dark="*neutral_500",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        link_text_color_dark="*secondary_400",
    ),
    "css_paths": Path(__file__).parent / "style.css",
    "footer_links": ["api", "gradio", "settings"],
    "run_history": False,
}


def _tabs(page: Page, view: inference.Translation) -> None:
    used = tabs_for(page.own, *page.route.value)
    with gr.Tab("Translate", id="translate"):
        translate_tab(page, view)
    for title, name, fill in (
        ("Style space", "styles", styles_tab),
        ("Matrix", "matrix", matrix_tab),
        ("Domains", "domains", domains_tab),
        ("Compare", "compare", compare_tab),
    ):
        with gr.Tab(title, id=name, interactive=name in used) as tab:
            fill(page, tab)


def build(models: str | None) -> gr.Blocks:
    """The whole page, its first view already translated; `models` as in `own_models`."""
    store_whole()
    own = own_models(models)
    start = next(iter(own.values()))
    view = inference.first_view(start, first_picture(start))
    with CheckedBlocks(title=TITLE, delete_cache=(KEPT, KEPT)) as blocks:
        title = gr.Markdown(headline(start), elem_id="headline")
        bar = model_bar(own)
        with gr.Row():
            with gr.Column(scale=4, min_width=300):
                page, draw = picture_column(bar.model, own)
            with (
                gr.Column(scale=9, min_width=300),
                gr.Tabs(overflow_behavior="wrap", elem_id="made") as tabs,
            ):
                _tabs(page, view)
        with gr.Accordion(ABOUT_TITLE):
            gr.Markdown(ABOUT.format(times=TIMES))

        def adapted(model: str, target: str, drawn: bool, upload: str | None) -> dict[Any, Any]:
            return {title: headline(model)} | column_for(page, draw, model, target, drawn, upload)

        source = page.source
        adapting = [title, draw, page.target, page.sheets, source.drawn, source.upload]
        blocks.load(None, None, None, js=_TABS.read_text(encoding="utf-8"), **PRIVATE)
        connect_models(blocks, Parts(bar, page, tabs, adapting, adapted))
    place(own)
    share_workers(blocks)
    return blocks
