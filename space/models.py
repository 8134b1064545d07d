"""The models that the page shows, loaded once."""

from __future__ import annotations

import functools
from pathlib import Path

from munit_hub.pipeline import TranslationPipeline

BUNDLED_MODEL = str(Path(__file__).parent / "models" / "munit-edges2fruit")
SKETCH = "edges"  # the domain that people draw


@functools.lru_cache(maxsize=2)
def open_pipeline(model: str) -> TranslationPipeline:
    """The pipeline of a folder or a Hub id, kept. ValueError if nobody can draw its input."""
    pipe = TranslationPipeline.from_pretrained(model, precision="auto")
    names = list(pipe.model.config.domain_names)
    if len(names) != 2 or SKETCH not in names:
        raise ValueError(
            f"The page needs a model of two domains, one of them named '{SKETCH}'; "
            f"{model} has {', '.join(names)}."
        )
    return pipe


def photo_domain(model: str) -> str:
    """The name of the domain that is not drawn."""
    return next(n for n in open_pipeline(model).model.config.domain_names if n != SKETCH)
