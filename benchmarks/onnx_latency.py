"""`python benchmarks/onnx_latency.py`: translations in onnxruntime, beside PyTorch, in one run.

The exported files and the pipeline's model in float32 and in bf16 take turns, so that a noisy
machine disturbs all; a ratio is the median over the rounds, with its quartiles: above 1,
onnxruntime is faster. The files run on the CPU.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from jsonargparse import auto_cli
from torch import Tensor

from benchmarks.works import seconds, spread
from munit_hub import MunitModel
from munit_hub.export import export_model
from munit_hub.loading import load_model
from munit_hub.pipeline import styles_at_once
from munit_hub.precision import autocast
from munit_hub.program_files import load_program
from training.provenance import machine

BUNDLED = "space/models/munit-edges2fruit"
STYLES = (1, 8)
CPU = torch.device("cpu")
Work = Callable[[], Tensor]


def onnx_works(model: MunitModel, image: Tensor, styles: list[int]) -> dict[int, Work]:
    """Translations of an image in so many styles, by the exported files in onnxruntime."""
    names = tuple(model.config.domain_names)
    with TemporaryDirectory() as folder:
        (across,) = (
            translation["programs"]
            for translation in export_model(model, "onnx", folder)["translations"]
            if (translation["source"], translation["target"]) == names
        )
        encode, decode = (load_program(Path(folder, f"{name}.onnx")) for name in across)

    def work(codes: Tensor) -> Work:
        def translate() -> Tensor:
            content = encode(image)
            return torch.cat([decode(content, c) for c in codes.split(styles_at_once(image))])

        return translate

    return {n: work(seeded_styles(model, n)) for n in styles}


def eager_works(
    model: MunitModel, image: Tensor, precision: str, styles: list[int]
) -> dict[int, Work]:
    """The same as the pipeline does it."""
    model = model.to(memory_format=torch.channels_last)
    batch = image.contiguous(memory_format=torch.channels_last)

    def work(codes: Tensor) -> Work:
        @torch.inference_mode()
        def translate() -> Tensor:
            with autocast(precision, batch.device):
                decode = model.translator(batch, 0, 1)
                return torch.cat([decode(c) for c in codes.split(styles_at_once(batch))])

        return translate

    return {n: work(seeded_styles(model, n)) for n in styles}


def seeded_styles(model: MunitModel, n: int) -> Tensor:
    """The same n styles every time."""
    return model.sample_style(n, torch.Generator().manual_seed(0))


def compare(works: dict[str, Work], rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds of each, taken in turn; and of `onnx` the ratios to the others."""
    for work in works.values():  # allocates, packs weights, chooses kernels
        work()
    times = [
        {name: seconds(work, CPU, plain=False) for name, work in works.items()}
        for _ in range(rounds)
    ]
    rows: dict[str, dict[str, float]] = {}
    for name in works:
        ratios = [each[name] / each["onnx"] for each in times]
        rows[name] = {"s": statistics.median(each[name] for each in times), **spread(ratios)}
    return rows


def onnx_latency(
    model: MunitModel, size: int, styles: list[int], rounds: int
) -> dict[int, dict[str, dict[str, float]]]:
    """For each number of styles: onnx, fp32 and bf16 with seconds, and how much faster ONNX is."""
    image = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    made = {"onnx": onnx_works(model, image, styles)}
    made |= {p: eager_works(model, image, p, styles) for p in ("fp32", "bf16")}
    return {n: compare({name: works[n] for name, works in made.items()}, rounds) for n in styles}


def main(
    model: str = BUNDLED,
    size: int = 96,
    width: int | None = None,
    rounds: int = 9,
    output: str | None = None,
) -> None:
    """Measure one model.

    Args:
        model: a folder or Hub id, of a MunitModel
        size: of the image, in pixels
        width: a model of random weights and this base_width instead
        rounds: how often the three take turns
        output: a JSON file to write
    """
    torch.manual_seed(0)
    measured = load_model(model) if width is None else MunitModel(base_width=width).eval()
    facts = {"model": model if width is None else f"base_width {width}", "size": size}
    facts |= {"threads": torch.get_num_threads(), "rounds": rounds, "torch": torch.__version__}
    facts |= {"machine": machine()}
    print(json.dumps(facts))
    print(f"{'':18} {'time':>9} {'over onnx':>10} {'quartiles':>13}")
    rows = onnx_latency(measured, size, list(STYLES), rounds)
    for n, row in rows.items():
        for name, f in row.items():
            spread = f"{f['ratio_q1']:.2f}..{f['ratio_q3']:.2f}"
            print(f"{n:3} styles  {name:6} {f['s']:8.3f}s {f['ratio']:9.2f}x {spread:>13}")
    if output:
        Path(output).write_text(json.dumps(facts | {"styles": rows}, indent=2) + "\n")


if __name__ == "__main__":
    auto_cli(main, as_positional=False)
