"""The page: the visitor's picture on the left, what is made of it in the tabs on the right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from space import inference
from space.checked import CheckedBlocks
from space.choices import has_styles
from space.choosing import Parts, connect_models
from space.comparison import rivals
from space.domains import has_found_domains
from space.model_bar import model_bar
from space.models import own_models, place
from space.page import PRIVATE, Page
from space.parts import TIMES
from space.picture import column_for, first_picture, picture_column
from space.serving import KEPT, share_workers
from space.style_space import has_style_space
from space.tabs.compare import compare_tab
from space.tabs.domains import domains_tab
from space.tabs.matrix import matrix_tab
from space.tabs.styles import styles_tab
from space.tabs.translate import translate_tab
from space.text import ABOUT, ABOUT_TITLE, TITLE
from space.wording import headline

_TABS = Path(__file__).parent / "tabs.js"
LAUNCH = {
    "theme": gr.themes.Default(
        primary_hue="red",
        font=["system-ui", "sans-serif"],  # the visitor's own: nothing is fetched
        font_mono=["ui-monospace", "monospace"],
    ).set(block_info_text_color="*neutral_500"),  # Gradio's own is too pale to read
    "css_paths": Path(__file__).parent / "style.css",
    "footer_links": ["api", "gradio", "settings"],
    "run_history": False,
}


def _tabs(page: Page, view: inference.Translation) -> None:
    with gr.Tab("Translate", id="translate"):
        translate_tab(page, view)
    with gr.Tab("Style space", id="styles", interactive=has_style_space(page.start)) as tab:
        styles_tab(page, tab)
    with gr.Tab("Matrix", id="matrix", interactive=has_styles(page.start)) as matrix:
        matrix_tab(page, matrix)
    with gr.Tab("Domains", id="domains", interactive=has_found_domains(page.start)) as domains:
        domains_tab(page, domains)
    comparable = bool(rivals(page.own, page.start, page.target.value))
    with gr.Tab("Compare", id="compare", interactive=comparable) as compare:
        compare_tab(page, compare)


def build(models: str | None) -> gr.Blocks:
    """The whole page, its first view already translated; `models` as in `own_models`."""
    own = own_models(models)
    start = next(iter(own.values()))
    view = inference.first_view(start, first_picture(start))
    with CheckedBlocks(title=TITLE, delete_cache=(KEPT, KEPT)) as blocks:
        title = gr.Markdown(headline(start), elem_id="headline")
        bar = model_bar(own)
        with gr.Row():
            with gr.Column(scale=4, min_width=300):
                page, draw = picture_column(bar.model, own)
            with gr.Column(scale=9, min_width=300), gr.Tabs(overflow_behavior="wrap") as tabs:
                _tabs(page, view)
        with gr.Accordion(ABOUT_TITLE):
            gr.Markdown(ABOUT.format(times=TIMES))

        def adapted(model: str, target: str, upload: str | None) -> dict[Any, Any]:
            return {title: headline(model)} | column_for(page, draw, model, target, upload)

        source = page.source
        adapting = [title, draw, page.target, page.sheets, source.drawn, source.upload]
        blocks.load(None, None, None, js=_TABS.read_text(encoding="utf-8"), **PRIVATE)
        connect_models(blocks, Parts(bar, page, tabs, adapting, adapted))
    place(own)
    share_workers(blocks)
    return blocks
