"""The page: the visitor's picture on the left, what is made of it in the tabs on the right."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from space import inference
from space.checked import CheckedBlocks
from space.page import Page
from space.parts import TIMES, enlarge
from space.picture import SKETCHES, picture_column
from space.serving import KEPT, share_workers
from space.tabs.translate import translate_tab
from space.text import ABOUT, ABOUT_TITLE, HEADLINE

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


def build(model: str) -> gr.Blocks:
    """The whole page, its first view already translated."""
    view = inference.first_view(model, SKETCHES[0])
    with CheckedBlocks(title="Sketch to photograph", delete_cache=(KEPT, KEPT)) as blocks:
        gr.Markdown(HEADLINE)
        chosen = gr.State(model)
        with gr.Row():
            with gr.Column(scale=4, min_width=300):
                page = picture_column(chosen, model, [enlarge(i) for i in view.images[:4]])
            with gr.Column(scale=9, min_width=300), gr.Tabs():
                _tabs(page, view)
        with gr.Accordion(ABOUT_TITLE):
            gr.Markdown(ABOUT.format(size=view.seen.width, times=TIMES))
    share_workers(blocks)
    return blocks
