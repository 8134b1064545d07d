"""The command line `munit-hub`, a file a command. Torch is imported where a command needs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from munit_hub.cli.checks import WrongUseError
from munit_hub.cli.convert import convert
from munit_hub.cli.dataset import dataset
from munit_hub.cli.evaluate import evaluate
from munit_hub.cli.export import export
from munit_hub.cli.info import info
from munit_hub.cli.pull import pull
from munit_hub.cli.push import push
from munit_hub.cli.space import demo, space
from munit_hub.cli.translate import translate

app = typer.Typer(
    name="munit-hub",
    help="Translate pictures with models of the Hugging Face Hub, and bring models there.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use (of options or arguments), 3 done but for "
    "the pictures named (translate, dataset), 130 stopped. What goes wrong is said on stderr.",
    add_completion=False,
    rich_markup_mode=None,  # plain text: the examples keep their lines
    context_settings={"help_option_names": ["--help", "-h"]},
)
for command in (translate, dataset, convert, export, evaluate, push, pull, info, space, demo):
    app.command()(command)


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; what goes wrong is a sentence on stderr."""
    try:
        code = app(args, prog_name="munit-hub", standalone_mode=False)
    except WrongUseError as error:
        return _fail(str(error), 2)
    except (ValueError, OSError) as error:
        return _fail(_sentence(error), 1)
    except typer.Abort:  # what older releases of typer make of Ctrl-C
        return 130
    except Exception as error:
        # Wrong use, told by its method: the class is click's, of which typer may bring its own.
        if not hasattr(error, "format_message"):
            raise
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "munit-hub"
        return _fail(f"{error.format_message().rstrip('.')}. See {path} --help.", 2)
    return int(code or 0)


def _sentence(error: ValueError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}." if error.filename else f"{error.strerror}."
    return str(error)


def _fail(sentence: str, code: int) -> int:
    print(f"Error: {sentence}", file=sys.stderr)
    return code
