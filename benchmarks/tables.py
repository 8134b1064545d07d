"""Train, measure, write: the tables of docs/results.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.results import Row, write_results
from benchmarks.systems import ROOT, TABLES, System, Table, train
from training.measuring.asking import Asked, parse_source
from training.measuring.evaluate import evaluate
from training.measuring.protocol import Protocol


def measured(folder: Path, table: Table, weights: str, protocol: Protocol) -> dict[str, Any]:
    """What a model's report.json says; measures where there is no report of that protocol."""
    path = folder / "report" / "report.json"
    if path.exists() and path.stat().st_mtime > (folder / "config.json").stat().st_mtime:
        report = json.loads(path.read_text())
        if report["protocol"] == asdict(protocol):
            return report
    asked = Asked(
        str(folder),
        parse_source(table.source),
        parse_source(table.target),
        weights,
        parse_source(table.train_target),
        paired=True,
        protocol=protocol,
    )
    return evaluate(asked, path.parent)


def main(
    tables: list[str] = list(TABLES),  # noqa: B006, which is not changed
    systems: list[str] | None = None,
    steps: int = 4000,
    resolution: int = 64,
    batch_size: int = 8,
    at_once: int = 1,
    flags: list[str] = [],  # noqa: B006
    presets: Path = ROOT / "training" / "configs",
    runs: Path = ROOT / "runs" / "quality",
    output: Path = ROOT / "docs" / "results.md",
    weights: str = str(ROOT.parent / "shared" / "weights" / "lpips_alex"),
    protocol: Protocol = Protocol(),  # noqa: B008, which is immutable
) -> None:
    """Train what is missing of the tables, measure it, and write the results.

    Args:
        tables: which of them
        systems: the presets of the rows that are made, all if not given; the Markdown has no others
        steps: of every training run
        resolution: of the pictures, in pixels
        batch_size: pictures of each domain in a step
        at_once: trainings side by side, each with one processor core where there are several: on
            few cores they end sooner than one after the other with all cores
        flags: more flags of training/train.py, for every system alike
        presets: the folder with the presets
        runs: the folder of the training runs; each has its report
        output: the Markdown to write; its pictures go to images/ beside it
        weights: lpips_alex_v0.1.safetensors, its folder or a Hub id
        protocol: how many of what is measured
    """
    common = [f"--data.resolution={resolution}", f"--data.batch_size={batch_size}", *flags]
    for name in tables:
        if name not in TABLES:
            raise ValueError(f"tables are {', '.join(TABLES)}, not {name!r}.")
    rows = {name: chosen(TABLES[name], systems) for name in tables}

    def trained(table: str, system: System, seed: int) -> Path:
        threads = 1 if at_once > 1 else None
        return train(TABLES[table], system, seed, steps, common, presets, runs, threads)

    wanted = [(name, s, seed) for name in tables for s in rows[name] for seed in s.seeds]
    side_by_side(trained, wanted, at_once)
    made: dict[str, list[Row]] = {}
    for name in tables:
        made[name] = []
        for system in rows[name]:
            folders = [trained(name, system, seed) for seed in system.seeds]
            reports = [measured(folder, TABLES[name], weights, protocol) for folder in folders]
            made[name].append(Row(system, folders, reports))
    write_results(made, steps, batch_size, output)


def side_by_side(
    work: Callable[..., object], wanted: Sequence[tuple[Any, ...]], at_once: int
) -> None:
    """Do the work for all of these, so many at a time; after an error none is begun."""
    failed = Event()

    def do(one: tuple[Any, ...]) -> None:
        if not failed.is_set():
            try:
                work(*one)
            except BaseException:
                failed.set()
                raise

    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(do, one) for one in wanted]
        try:
            for future in futures:
                future.result()
        except BaseException:  # Ctrl-C, too, which is heard here alone
            failed.set()
            raise


def chosen(table: Table, presets: list[str] | None) -> list[System]:
    """The systems of a table whose presets are asked for."""
    return [system for system in table.systems if presets is None or system.preset in presets]
