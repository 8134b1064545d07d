"""diffusers and gradio imported without what they do for others: the page answers sooner."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Importing the module is an error, unless it was imported before."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


@contextmanager
def _classes_without_files() -> Iterator[None]:
    def getfile(_: object) -> NoReturn:
        raise OSError

    found = inspect.getfile
    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = found


# It takes torch's compiler to mark some classes of its own, and does without where there is none.
# The page has none of these classes.
with _hidden("torch._dynamo"):
    from diffusers import ConfigMixin, ModelMixin  # noqa: F401

# It parses the source of each of its components and writes editors' stubs beside it, each time it
# is imported; of classes that have no file it does not.
with _classes_without_files():
    import gradio  # noqa: F401
