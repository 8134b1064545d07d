"""A model as ONNX or torch.export files that need none of this package, checked against it."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from munit_hub import __version__
from munit_hub.exportable import exportable
from munit_hub.loading import Model
from munit_hub.program_files import (
    MANIFEST,
    NEEDS,
    SUFFIXES,
    check_packages,
    load_program,
    one_content,
    random_input,
    symbolic_shape,
    write_program,
)
from munit_hub.programs import Program, Translation, programs_of

TOLERANCE = 1e-4  # of what is 1 at most; relative to the largest number, where that is larger


def export_model(model: Model, format: str, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Write a model's programs to a folder; the manifest that is written beside them.

    `format`: onnx or torch-export. Files of an earlier export there are replaced, others stay.
    ValueError where packages are missing, or where a program differs by more than `TOLERANCE`
    from the model in float32 at batches and sizes that it was not traced at: then nothing is
    written.
    """
    check_format(format)
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder.parent) as made:
        manifest = _write_programs(_eager(model), format, Path(made))
        _place(Path(made), folder)
    return manifest


def check_format(format: str) -> None:
    """ValueError unless it is a format whose packages are installed."""
    if format not in SUFFIXES:
        raise ValueError(f"format={format!r} is unknown; allowed are {', '.join(SUFFIXES)}.")
    check_packages(NEEDS[format], f"Exporting to {format}")


def _eager(model: Model) -> Model:
    """A copy as it is compared with: float32 on the CPU, in the plain layout."""
    alone = copy.deepcopy(model).eval().to("cpu", memory_format=torch.contiguous_format)
    nn.Module.float(alone)  # the model's own says something on every change of precision
    return alone


@torch.no_grad()
def _write_programs(model: Model, format: str, folder: Path) -> dict[str, Any]:
    programs, translations = programs_of(model)
    traced, _ = programs_of(exportable(model))
    # In the model's own smallest images, inner maps are one pixel: a constant to a tracer.
    smallest = 2 * -(-model.min_size // model.size_multiple)
    facts = {}
    for program, its_trace in zip(programs, traced, strict=True):
        file = folder / f"{program.name}{SUFFIXES[format]}"
        write_program(its_trace, smallest, file)
        difference = _check(program, file, model, smallest)
        facts[program.name] = _facts(program, file, difference)
    manifest = _manifest(model, format, smallest, facts, translations)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _check(program: Program, file: Path, model: Model, smallest: int) -> float:
    """The largest difference from the model; ValueError where that is too large."""
    run, largest = load_program(file), 0.0
    for inputs in _untraced(program, file, model, smallest):
        expected, made = program.function(*inputs), run(*inputs)
        assert made.shape == expected.shape, (file, made.shape, expected.shape)
        difference = (made - expected).abs().max() / expected.abs().max().clamp_min(1)
        if not difference <= TOLERANCE:  # nor if it is not a number
            raise ValueError(
                f"{file.name} differs from the model by {difference:.1e}, more than {TOLERANCE}, "
                f"for inputs {[tuple(x.shape) for x in inputs]}: nothing was written."
            )
        largest = max(largest, difference.item())
    return largest


def _untraced(program: Program, file: Path, model: Model, smallest: int) -> Iterator[list[Tensor]]:
    """Inputs of batches and sizes that were not traced: small ones, and of the model's own."""
    own = max((model.config.sample_size or 0) // model.size_multiple, smallest + 3)
    for size in ((3, smallest, smallest + 5), (1, own, own)):
        inputs = [random_input(port, *size) for port in program.inputs]
        yield inputs
        if _broadcasts(program, file):
            yield [inputs[0][:1], *inputs[1:]]


def _broadcasts(program: Program, file: Path) -> bool:
    """Whether a file takes one content for many styles, as ONNX does."""
    return file.suffix == SUFFIXES["onnx"] and one_content(program)


def _facts(program: Program, file: Path, difference: float) -> dict[str, Any]:
    shared = _broadcasts(program, file)
    ports = [{"name": p.name, "shape": symbolic_shape(p, shared)} for p in program.ports]
    return {
        "file": file.name,
        "inputs": ports[:-1],
        "output": ports[-1],
        "largest_difference": difference,
    }


def _manifest(
    model: Model,
    format: str,
    smallest: int,
    programs: dict[str, Any],
    translations: list[Translation],
) -> dict[str, Any]:
    config = model.config
    packages = ("torch", *NEEDS[format])
    return {
        "format": format,
        "model": type(model).__name__,
        "domains": list(config.domain_names),
        "channels": list(config.channels),
        "sample_size": config.sample_size,
        "size_multiple": model.size_multiple,
        "smallest_h_and_w": smallest,
        "dtype": "float32",
        "image_range": [-1, 1],
        "style_dim": model.style_dim,
        "domain_styles": _domain_styles(model) if model.domain_in_style else None,
        "programs": programs,
        "translations": [translation._asdict() for translation in translations],
        "tolerance": TOLERANCE,
        "versions": {"munit_hub": __version__}
        | {n: import_module(n).__version__ for n in packages},
    }


def _domain_styles(model: Any) -> list[list[float] | None]:
    """The mean style of every domain; None of one that has no images, or is not measured yet."""
    sizes = model.config.domain_sizes or [0] * len(model.domain_styles)
    styles = model.domain_styles.tolist()
    return [style if size else None for style, size in zip(styles, sizes, strict=True)]


def _place(made: Path, folder: Path) -> None:
    """Move files to a folder, in place of those of an export that was there."""
    folder.mkdir(exist_ok=True)
    for file in _former(folder):
        file.unlink(missing_ok=True)
    for file in sorted(made.iterdir()):
        os.replace(file, folder / file.name)


def _former(folder: Path) -> list[Path]:
    """The programs of an earlier export; none where export.json is not one's."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return [folder / Path(p["file"]).name for p in manifest["programs"].values()]
    return []
