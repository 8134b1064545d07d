"""The API reference from the docstrings: `python docs/build_api.py build/api`.

A warning, as of an annotation or link that leads nowhere, is an error. Needs the extra `docs`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from pkgutil import iter_modules

import pdoc

import munit_hub

# A NamedTuple's __init__ is of a module that collections made, where our imports are not.
_OF_NAMED_TUPLES = r"Error parsing type annotation ForwardRef\(.*\.__init__\."
LEFT_OUT = ("munit_hub.cli",)  # `munit-hub --help` is its reference


def modules() -> list[str]:
    """Every module and package but the command line, by its full name."""
    found = iter_modules(munit_hub.__path__, "munit_hub.")
    return [module.name for module in found if not module.name.startswith(LEFT_OUT)]


def build(folder: Path) -> None:
    """Write the reference as HTML, a page a module. UserWarning where something is amiss."""
    pdoc.render.configure(docformat="markdown", show_source=False, footer_text="munit_hub")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", _OF_NAMED_TUPLES, UserWarning)
        pdoc.pdoc(*modules(), output_directory=folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(f"{sys.argv[0]} takes one argument: the folder to write.")
    build(Path(sys.argv[1]))
