"""Long work on the command line: a progress bar, a stop at any time, and what came of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from huggingface_hub.utils.tqdm import tqdm

from munit_hub.bulk.clips import require_av
from munit_hub.bulk.files import translate_files
from munit_hub.bulk.inputs import find_items
from munit_hub.bulk.portions import Portion, processes
from munit_hub.bulk.tables import Table, TableJob
from munit_hub.bulk.work import Translator, Work
from munit_hub.cli.describe import print_json
from munit_hub.cli.telling import failures_as_json, tell_failures

T = TypeVar("T")


@dataclass
class Report:
    """What became of `total` files, or shards of a dataset."""

    what: str
    output: Path
    total: int
    done: int = 0
    passed_over: int = 0
    stopped: bool = False
    failed: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, as_json: bool) -> int:
        """Print it, failures on stderr; the exit code."""
        left = self.total - self.done - self.passed_over
        if as_json:
            facts: dict[str, Any] = {"output": str(self.output), "of": self.what}
            facts |= {"total": self.total, "done": self.done, "passed_over": self.passed_over}
            facts["stopped"] = self.stopped
            print_json(facts | {"failed": failures_as_json(self.failed)})
        else:
            there = f", {self.passed_over} were there already" if self.passed_over else ""
            print(f"{self.done} of {self.total} {self.what} translated{there}, in {self.output}")
        tell_failures(self.failed)
        if self.stopped:
            print(f"Stopped with {left} to go: the same command goes on.", file=sys.stderr)
            return 130
        # Launched processes end with the first one that says it failed: their failures are told.
        return 3 if self.failed and processes() == 1 else 0


def translate_inputs(
    work: Work, inputs: Sequence[str], output: Path, portion: Portion, overwrite: bool
) -> Report:
    """Translate what the inputs name, as far as it is this process's."""
    items = portion.of(find_items(inputs, output))
    if any(item.is_clip for item in items):
        require_av()
    report = Report("files", output, len(items))
    translate = Translator(work)
    for outcome in _watched(translate_files(items, translate, output, overwrite), report):
        report.done += bool(outcome.made)
        report.passed_over += not outcome.made and not outcome.failure
        if outcome.failure:
            report.failed.append((str(outcome.source), outcome.failure))
    return report


def translate_dataset(
    work: Work, table: Table, output: Path, portion: Portion, overwrite: bool
) -> Report:
    """Translate the shards of a dataset that are this process's."""
    job = TableJob(table, output, overwrite)
    report = Report("shards", output, len(portion.of(job.shards)))
    for outcome in _watched(job.run(Translator(work), portion), report):
        report.done += outcome.made
        report.passed_over += not outcome.made
        report.failed += outcome.failures
    return report


def _watched(outcomes: Iterable[T], report: Report) -> Iterator[T]:
    """The outcomes under a progress bar, up to a Ctrl-C or a SIGTERM."""
    try:
        with _terminated_as_stopped(), tqdm(total=report.total, unit=report.what[:-1]) as bar:
            for outcome in outcomes:
                yield outcome
                bar.update()
    except KeyboardInterrupt:
        report.stopped = True


@contextmanager
def _terminated_as_stopped() -> Iterator[None]:
    """SIGTERM, which batch systems send first, ends the work as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
