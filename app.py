"""A Space's entry point: build the page, launch it.

MUNIT_HUB_MODEL names other models than the bundled ones: folders or Hub ids, separated by commas;
the page opens with the first.
"""

import os
import tempfile
from pathlib import Path

# Nothing on the page speaks to anybody but its visitor.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Gradio sums up its last 10,000 requests after each one, for a view that the page does not offer.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
# Not gradio's own folder, where other programs keep files that the page must not delete.
os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / "munit_hub_page"))

import torch

import space.lean  # noqa: F401, before any other that imports diffusers
from space.serving import options, share_memory, threads
from space.ui import LAUNCH, build

share_memory()
torch.set_num_threads(threads())
try:
    demo = build(os.environ.get("MUNIT_HUB_MODEL"))
except ValueError as error:
    raise SystemExit(f"The page cannot start: {error}") from None

if __name__ == "__main__":
    demo.launch(**LAUNCH, **options())
