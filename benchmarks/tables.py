"""Train, measure, write: the tables of docs/results.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Any

import torch
from PIL import Image

from benchmarks.results import REPORTS, Row, write_results
from benchmarks.systems import ROOT, TABLES, System, Table, asked_of, name_of, train
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


def measured_apart(threads: int | None, *of: Any) -> dict[str, Any]:
    """`measured` in a process of its own, so that several are at work side by side."""
    limit = partial(torch.set_num_threads, threads) if threads else None
    with ProcessPoolExecutor(1, get_context("spawn"), limit) as process:
        return process.submit(measured, *of).result()


def keep(folder: Path, report: dict[str, Any], kept: Path) -> None:
    """Put a run's report and samples where the Markdown is, to be committed with it."""
    kept.mkdir(parents=True, exist_ok=True)
    with Image.open(folder / "report" / "samples.png") as samples:
        samples.convert("RGB").save(kept / "samples.webp", quality=90, method=6)
    (kept / "report.json").write_text(json.dumps(report, indent=2) + "\n")


def kept_report(kept: Path, asked: dict[str, Any], protocol: Protocol) -> dict[str, Any] | None:
    """A report that was kept, of a run that was asked for the same, measured by the protocol."""
    path = kept / "report.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    same = report.get("training") == asked and report.get("protocol") == asdict(protocol)
    return report if same else None


def main(
    tables: list[str] = [*TABLES],  # noqa: B006, which is not changed
    systems: list[str] | None = None,
    steps: int = 4000,
    resolution: int = 64,
    batch_size: int = 8,
    at_once: int = 1,
    kept_only: bool = False,
    flags: list[str] = [],  # noqa: B006
    presets: Path = ROOT / "training" / "configs",
    runs: Path = ROOT / "runs" / "quality",
    output: Path = ROOT / "docs" / "results.md",
    weights: str = str(ROOT.parent / "shared" / "weights" / "lpips_alex"),
    protocol: Protocol = Protocol(),  # noqa: B008, which is immutable
) -> None:
    """Train what is missing of the tables, measure it, and write the results.

    A run is missing unless its report is kept in results/ beside the Markdown, of the same steps
    and flags: so a table may be made on several days and machines.

    Args:
        tables: which of edges2fruit and noto2blob
        systems: the presets of the rows that are made, all if not given; the Markdown has no others
        steps: of every training run
        resolution: of the pictures, in pixels
        batch_size: pictures of each domain in a step
        at_once: trainings side by side, each with one processor core where there are several: on
            few cores they end sooner than one after the other with all cores
        kept_only: write the rows whose reports are there, and train nothing
        flags: more flags of training/train.py, for every system alike
        presets: the folder with the presets
        runs: the folder of the training runs
        output: the Markdown to write; the reports and pictures go to results/ beside it
        weights: lpips_alex_v0.1.safetensors, its folder or a Hub id
        protocol: how many of what is measured
    """
    common = [f"--data.resolution={resolution}", f"--data.batch_size={batch_size}", *flags]
    for name in tables:
        if name not in TABLES:
            raise ValueError(f"tables are {', '.join(TABLES)}, not {name!r}.")
    rows = {name: chosen(TABLES[name], systems) for name in tables}

    def kept(table: str, system: System, seed: int) -> dict[str, Any] | None:
        folder = output.parent / REPORTS / name_of(TABLES[table], system, seed)
        return kept_report(folder, asked_of(system, steps, common), protocol)

    def make(name: str, system: System, seed: int) -> None:
        threads = 1 if at_once > 1 else None
        folder = train(TABLES[name], system, seed, steps, common, presets, runs, threads)
        report = measured_apart(threads, folder, TABLES[name], weights, protocol)
        asked = {"model": folder.name, "training": asked_of(system, steps, common)}
        keep(folder, report | asked, output.parent / REPORTS / folder.name)

    wanted = [(name, s, seed) for name in tables for s in rows[name] for seed in s.seeds]
    missing = [one for one in wanted if not kept_only and kept(*one) is None]
    side_by_side(make, missing, at_once)
    there = {one: report for one in wanted if (report := kept(*one))}
    shown = {name: rows_of(name, rows[name], there) for name in tables}
    write_results(shown, steps, batch_size, output)


def rows_of(name: str, systems: Sequence[System], reports: dict[Any, dict[str, Any]]) -> list[Row]:
    """The systems of a table that have reports, which are by table, system and seed."""
    made = (
        Row(s, [reports[k] for n in s.seeds if (k := (name, s, n)) in reports]) for s in systems
    )
    return [row for row in made if row.reports]


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
