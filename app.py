"""A Space's entry point: build the page, launch it.

MUNIT_HUB_MODEL names another model than the bundled one: a folder or a Hub id.
"""

import os

# Nothing on the page speaks to anybody but its visitor.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from space.models import BUNDLED_MODEL
from space.ui import LAUNCH, build

try:
    demo = build(os.environ.get("MUNIT_HUB_MODEL", BUNDLED_MODEL))
except ValueError as error:
    raise SystemExit(f"The page cannot start: {error}") from None

if __name__ == "__main__":
    demo.launch(**LAUNCH)
