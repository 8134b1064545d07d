"""`python benchmarks/speed.py`: training steps and translations, beside the textbook's, in one run.

`ours` is what the trainer and the pipeline do; `plain` is eager float32 in contiguous layout, the
textbook's layers (`benchmarks/plain.py`), a second generator pass for the critics, a pass each for
what shares one here, one style at a time. They alternate, so that a noisy machine disturbs both; a
ratio is the median over the rounds, with its quartiles. `bound` is the time of the multiplications
alone at the rate that a large convolution reaches here, in ours' precision; `share` is how much of
that rate ours reaches. The loader's pictures a second stand beside those that training takes, with
the time that fresh processes take to import the package and to the first translation.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from accelerate import Accelerator
from jsonargparse import auto_cli
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.surroundings import loader_rate, start_up
from benchmarks.works import Case, Work, seconds, spread, training_step, translation
from munit_hub.precision import compute_dtype
from training.provenance import machine
from training.watch import peak_memory

STYLES = (1, 8, 32)


def compare(make: Callable[[bool], Work], device: torch.device, rounds: int) -> dict[str, float]:
    """Median times of plain and ours, taken in turn, and the ratio with its quartiles."""
    works = {plain: make(plain) for plain in (True, False)}
    for plain, work in works.items():  # allocates, packs weights, chooses kernels
        seconds(work, device, plain)
    times = [[turn(works[plain], device, plain) for plain in (True, False)] for _ in range(rounds)]
    ratios = [plain / ours for plain, ours in times]
    plain, ours = (statistics.median(column) for column in zip(*times, strict=True))
    return {"plain_s": plain, "ours_s": ours, **spread(ratios)}


def turn(work: Work, device: torch.device, plain: bool) -> float:
    """The time of a second call: the first finds memory and caches as the other one left them."""
    seconds(work, device, plain)
    return seconds(work, device, plain)


def multiplications(work: Work) -> float:
    """How many multiplications a call does."""
    counter = FlopCounterMode(display=False)
    counter.mod_tracker = nullcontext()  # by module it cannot count R1's gradient of a gradient
    counter.mod_tracker.parents = ("Global",)
    with counter:
        work()
    return counter.get_total_flops() / 2


def convolution_rate(dtype: torch.dtype, device: torch.device) -> float:
    """Multiplications a second of a large 3x3 convolution, the best of ten."""
    conv = torch.nn.Conv2d(256, 256, 3, padding=1, device=device, dtype=dtype)
    conv.to(memory_format=torch.channels_last)
    x = torch.rand(4, 256, 64, 64, device=device, dtype=dtype)
    x = x.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        best = min(seconds(lambda: conv(x), device, False) for _ in range(10))
    return x.numel() * 256 * 9 / best


def memory_of(case: Case, what: str, plain: bool) -> float:
    """Peak memory in GiB of a fresh process that does one thing twice."""
    command = [sys.executable, __file__, "memory", json.dumps(asdict(case)), what, str(plain)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main(case: Case, rounds: int = 5, memory: bool = True, output: str | None = None) -> None:
    """Measure one case.

    Args:
        case: system, size, width, batch, precision, and whether to compile
        rounds: how often plain and ours take turns
        memory: measure peak memory as well, each in a process of its own
        output: a JSON file to write
    """
    accelerator = Accelerator(mixed_precision="no")
    device = accelerator.device
    dtype = compute_dtype(case.precision, device)
    imported = peak_memory(device)  # of a process that has done nothing yet
    rate = convolution_rate(dtype, device)
    report: dict[str, Any] = asdict(case) | {
        "dtype": str(dtype),
        "machine": f"{machine()}, {device}",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "convolution_tflops": 2 * rate / 1e12,
        "imported_gib": imported / 2**30,
    }
    kinds = {"training": lambda plain: training_step(case, plain, accelerator)}
    for n in STYLES:
        kinds[f"{n} styles"] = lambda plain, n=n: translation(case, plain, n, accelerator)
    print(json.dumps(report, indent=2))
    print(
        f"{'':12} {'plain':>9} {'ours':>9} {'ratio':>7} {'quartiles':>15} {'bound':>9} {'share':>6}"
    )
    for name, make in kinds.items():
        row = compare(make, device, rounds)
        row["bound_s"] = multiplications(make(False)) / rate
        row["share_of_rate"] = row["bound_s"] / row["ours_s"]
        if memory and name in ("training", "8 styles"):
            row |= {
                f"{k}_gib": memory_of(case, name, p) for k, p in (("plain", True), ("ours", False))
            }
        report[name] = row
        spread = f"{row['ratio_q1']:.2f}..{row['ratio_q3']:.2f}"
        gib = f"  {row['plain_gib']:.2f} -> {row['ours_gib']:.2f} GiB" if "ours_gib" in row else ""
        print(
            f"{name:12} {row['plain_s']:8.3f}s {row['ours_s']:8.3f}s {row['ratio']:6.2f}x "
            f"{spread:>15} {row['bound_s']:8.3f}s {row['share_of_rate']:6.0%}{gib}",
            flush=True,
        )
    report |= around(case, report["training"]["ours_s"], rounds)
    if output:
        Path(output).write_text(json.dumps(report, indent=2) + "\n")


def around(case: Case, step_s: float, rounds: int) -> dict[str, object]:
    """The loader beside training, and starting up; printed as well."""
    loads = loader_rate(case.domains, case.size, case.batch, steps=max(64 // case.batch, 4))
    takes = len(case.domains) * case.batch / step_s
    times = start_up(rounds)
    print(f"loader {loads:.0f} images/s, {loads / takes:.1f}x what training takes ({takes:.1f})")
    print("  ".join(f"{name} {value:.2f}" for name, value in times.items()))
    return {"loader_images_per_s": loads, "training_images_per_s": takes, **times}


def print_memory(case: Case, what: str, plain: bool) -> None:
    """In a process of its own: do one thing twice, print the peak memory in GiB."""
    accelerator = Accelerator(mixed_precision="no")
    if what == "training":
        work = training_step(case, plain, accelerator)
    else:
        work = translation(case, plain, int(what.split()[0]), accelerator)
    for _ in range(2):
        seconds(work, accelerator.device, plain)
    print(peak_memory(accelerator.device) / 2**30)


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        print_memory(Case(**json.loads(sys.argv[2])), sys.argv[3], sys.argv[4] == "True")
    else:
        auto_cli(main, as_positional=False)
