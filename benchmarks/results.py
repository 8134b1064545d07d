"""docs/results.md: the tables, what the paper's order says of them, and pictures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.systems import TABLES, System

COLUMNS = {
    "frechet": "Frechet distance, AlexNet (less)",
    "lpips_to_truth_best": "LPIPS to the truth, best output (less)",
    "lpips_to_truth_mean": "LPIPS to the truth, mean (less)",
    "diversity": "Diversity, LPIPS (more)",
    "is": "IS (more)",
    "cis": "CIS (more)",
}
REPORTS = "results"  # the folder beside the Markdown with a folder a run: report and samples
REMARKS = "## Remarks"  # written by hand, as reasons are
MUNIT, PAIRED = "MUNIT", "BicycleGAN (paired)"
OTHERS = ("UNIT", "CycleGAN", "CycleGAN with noise")


class Row(NamedTuple):
    """A system's runs, one a seed: what was measured of them."""

    system: System
    reports: Sequence[dict[str, Any]]

    def value(self, figure: str) -> float | None:
        """A figure's mean over seeds, None where it was not measured."""
        values = [r["figures"][figure]["value"] for r in self.reports if figure in r["figures"]]
        return statistics.fmean(values) if values else None


def write_results(made: dict[str, list[Row]], steps: int, batch_size: int, output: Path) -> None:
    """Write the Markdown of these rows, by table, and the pictures that it shows."""
    which = "" if list(made) == [*TABLES] else f" --tables '[{','.join(made)}]'"
    parts = [
        "# Results",
        f"Written by `python benchmarks/quality.py{which} --steps {steps}`, which trains and "
        f"measures what has no report in [{REPORTS}/]({REPORTS}) yet. [metrics.md](metrics.md) "
        f"says what the figures mean. Every system saw the same pictures, {steps:,} steps of "
        f"batch {batch_size}; the model measured is the last one, not the best of many. Two values "
        "in a cell are two seeds; +- is a standard error.",
    ]
    for name, rows in made.items():
        if rows:
            parts += table_parts(name, rows)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n\n".join([*parts, *remarks_in(output)]) + "\n")


def remarks_in(output: Path) -> list[str]:
    """What somebody wrote below REMARKS in an earlier version: it stays."""
    text = output.read_text() if output.exists() else ""
    _, head, remarks = text.partition(f"{REMARKS}\n")
    return [f"{head}{remarks}".rstrip()] if head else []


def table_parts(name: str, rows: Sequence[Row]) -> list[str]:
    """A table's section: what it is of, the table, the paper's order, and samples."""
    table, reports = TABLES[name], [report for row in rows for report in row.reports]
    return [
        f"## {table.title}",
        f"{about(reports)} {table.note}".rstrip(),
        in_table(rows),
        *order_parts(rows),
        "Rows of a picture: an input, its truth, four outputs, the two most alike of ten, the two "
        "most different (for systems with one output, that one).",
        *(
            f"### {row.system.title}\n\n![]({REPORTS}/{row.reports[0]['model']}/samples.webp)"
            for row in rows
        ),
    ]


def about(reports: Sequence[dict[str, Any]]) -> str:
    """What was measured on, in a paragraph; all reports are of one protocol."""
    report = reports[0]
    counts = {name: figure["n"] for name, figure in report["figures"].items()}
    classifier = report.get("classifier")
    parts = [
        f"At {report['resolution']}. Inputs: {report['source']}. Real images: {report['target']}. "
        f"Frechet distance: {counts['frechet']['real']:,} real images against as many "
        f"translations. The rest: {counts['diversity']['inputs']} inputs, "
        f"{report['protocol']['pairs']} pairs and {report['protocol']['outputs']} outputs each, "
        f"the best of {report['protocol']['best_of']}. AlexNet and LPIPS at 128 pixels, bilinear. "
        "The row *real images*: training pictures in place of translations, and pairs of any "
        "two real images.",
    ]
    if classifier:
        parts.append(
            f"IS and CIS: a classifier of {classifier['classes']} classes, accuracy "
            f"{classifier['accuracy']:.3f} on {classifier['n_held_out']:,} training photographs "
            "held out."
        )
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    known = (one["commit"] or "unknown" for one in reports)  # None outside a git checkout
    commits = sorted({commit[:8] + "+" * commit.endswith("+") for commit in known})
    parts.append(f"{report['machine']}, commits {', '.join(commits)}, {versions}.")
    return " ".join(parts)


def in_table(rows: Sequence[Row]) -> str:
    """The rows, and last the real images: what training photographs get in place of outputs."""
    columns = [name for name in COLUMNS if rows[0].value(name) is not None]
    lines = [
        "| system | " + " | ".join(COLUMNS[name] for name in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for row in rows:
        cells = (" / ".join(cell(r["figures"][name]) for r in row.reports) for name in columns)
        lines.append(f"| {row.system.title} | " + " | ".join(cells) + " |")
    real = (rows[0].reports[0]["figures"][name]["real"] for name in columns)
    cells = ("-" if value is None else f"{value:.3f}" for value in real)
    return "\n".join([*lines, "| real images | " + " | ".join(cells) + " |"])


def cell(figure: dict[str, Any]) -> str:
    """A value and its standard error."""
    value = round(figure["value"], 3) + 0.0  # which makes 0 of -0
    return f"{value:.3f} +- {figure['standard_error']:.3f}"


def order_parts(rows: Sequence[Row]) -> list[str]:
    """Whether the order is that of Huang et al. 2018, table by table, as far as rows are there."""
    lines = []
    for said, figure, needed, holds in EXPECTED:
        values = {row.system.title: row.value(figure) for row in rows}
        if all(values.get(title) is not None for title in needed):
            lines.append(f"- {said}: {'yes' if holds(values) else '**no**'}.")
    return ["Is the order that of the published tables?\n\n" + "\n".join(lines)] if lines else []


class Expectation(NamedTuple):
    """What the published tables say of a figure by title, and the titles that it is about."""

    said: str
    figure: str
    needed: tuple[str, ...]
    holds: Callable[[dict[str, float]], bool]


EXPECTED = (
    Expectation(
        "MUNIT's diversity is at least five times that of UNIT and both CycleGANs",
        "diversity",
        (MUNIT, *OTHERS),
        lambda v: v[MUNIT] >= 5 * max(v[title] for title in OTHERS),
    ),
    Expectation(
        "MUNIT has the highest CIS of the unpaired systems",
        "cis",
        (MUNIT, *OTHERS),
        lambda v: v[MUNIT] > max(v[title] for title in OTHERS),
    ),
    Expectation(
        "without style reconstruction it is less diverse",
        "diversity",
        (MUNIT, f"{MUNIT} without style reconstruction"),
        lambda v: v[f"{MUNIT} without style reconstruction"] < v[MUNIT],
    ),
    Expectation(
        "without image reconstruction its Frechet distance is larger",
        "frechet",
        (MUNIT, f"{MUNIT} without image reconstruction"),
        lambda v: v[f"{MUNIT} without image reconstruction"] > v[MUNIT],
    ),
    Expectation(
        "BicycleGAN, which has pairs, has the smallest Frechet distance",
        "frechet",
        (MUNIT, PAIRED),
        lambda v: min(v, key=v.__getitem__) == PAIRED,
    ),
)
