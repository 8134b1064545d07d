"""What the tables are of: data, systems, seeds; and training those of them that are missing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.checkpoint import checkpoints_of
from training.command_line import parse_config

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
# In a run's folder: what it is asked for, from its start on; the same once it is whole.
ASKED, DONE = "asked.json", "trained.json"


@dataclass(frozen=True)
class System:
    """A row of a table: its title, the preset that trains it, its seeds, and flags on top.

    variant: what its runs are called beside the preset, where a table has several rows of one.
    """

    title: str
    preset: str
    seeds: tuple[int, ...] = (0,)
    flags: tuple[str, ...] = ()
    variant: str = ""


@dataclass(frozen=True)
class Table:
    """Systems trained on the same data, and what they are measured on: pairs from a test set.

    source, target, train_target: as `munit-hub evaluate` takes them. note: what a reader must know.
    """

    name: str
    title: str
    source: str
    target: str
    train_target: str
    systems: tuple[System, ...]
    note: str = ""


def _fruit_pairs() -> tuple[str, ...]:
    """BicycleGAN's pairs: the photographs that the others have, with their own edges."""
    return ("--data.sources.edges.part=1/2", "--data.sources.fruit.part=1/2")


EDGES2FRUIT = Table(
    "edges2fruit",
    "Edges to fruit",
    f"{{path: {DATA}/fruits/test.parquet, edges: {{low: 40}}}}",
    f"{DATA}/fruits/test.parquet",
    f"{{path: {DATA}/fruits/train.parquet, part: 1/2, label_column: variety}}",
    (
        System("UNIT", "unit"),
        System("CycleGAN", "cyclegan"),
        System("CycleGAN with noise", "cyclegan-noise", (0, 1)),
        System("MUNIT without image reconstruction", "munit-no-image"),
        System("MUNIT without content reconstruction", "munit-no-content"),
        System("MUNIT without style reconstruction", "munit-no-style"),
        System("MUNIT", "munit", (0, 1)),
        # Not of the paper: what bf16, where `--precision auto` chooses it, does to what is learnt.
        System("MUNIT in float32", "munit", (0, 1), ("--precision=fp32",), "fp32"),
        System("BicycleGAN (paired)", "bicyclegan", flags=_fruit_pairs()),
    ),
    "BicycleGAN's pairs are the photographs that the others have, with their own edges, which "
    "the others never see. `precision: auto`, which is bf16 where the processor is fast in it, but "
    "for the row that says float32.",
)
NOTO2BLOB = Table(
    "noto2blob",
    "Noto emoji to Blobmoji",
    f"{{path: {DATA}/noto2blob/test-paired.parquet, image_column: noto}}",
    f"{{path: {DATA}/noto2blob/test-paired.parquet, image_column: blob}}",
    f"{DATA}/noto2blob/train-blob.parquet",
    (
        System("UNIT", "unit-noto2blob"),
        System("CycleGAN", "cyclegan-noto2blob"),
        System("MUNIT", "munit-noto2blob"),
    ),
)
TABLES = {table.name: table for table in (EDGES2FRUIT, NOTO2BLOB)}


def name_of(table: Table, system: System, seed: int) -> str:
    """The name of a run."""
    parts = (table.name, system.preset.removesuffix(f"-{table.name}"), system.variant)
    return "-".join([*filter(None, parts), f"seed{seed}"])


def asked_of(system: System, steps: int, flags: Sequence[str]) -> dict[str, Any]:
    """What a run is asked for: two runs of the same are the same model."""
    return {"steps": steps, "flags": [*flags, *system.flags]}


def train(
    table: Table,
    system: System,
    seed: int,
    steps: int,
    flags: Sequence[str],
    presets: Path,
    runs: Path,
    threads: int | None = None,
) -> Path:
    """The folder of a trained model; trains it, or goes on with it, where it is not there yet.

    What the training tells goes to a file of the folder's name and `.log`. ValueError where it ends
    with an error, and where the folder holds a run that was asked for something else: more steps
    may only go on where that is the model that as many at once would be.
    """
    folder, asked = runs / name_of(table, system, seed), asked_of(system, steps, flags)
    done = folder / DONE
    if asked_in(done) == asked:
        return folder
    command = [sys.executable, str(ROOT / "training" / "train.py")]
    command += [f"--config={presets / system.preset}.yaml", f"--output_dir={folder}"]
    command += [f"--max_steps={steps}", f"--seed={seed}", *asked["flags"]]
    command += ["--resume_from_checkpoint=latest"]
    command += [f"--cpu_threads={threads}"] if threads else []  # not asked: the model is the same
    check_goes_on(folder, asked, command[2:])
    begin(folder, asked)
    start, log = time.monotonic(), folder.with_name(f"{folder.name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"training {folder.name}, see {log}\n", end="", flush=True)  # one write: threads
    with log.open("a") as told:
        code = subprocess.run(command, cwd=ROOT, stdout=told, stderr=told).returncode
    if code:
        raise ValueError(f"{folder.name} ended with code {code}, see {log}; it can go on.")
    done.write_text(json.dumps({"asked": asked, "last_start_s": time.monotonic() - start}) + "\n")
    return folder


def asked_in(record: Path) -> dict[str, Any] | None:
    """What the run of an ASKED or DONE file was asked for, None without the file."""
    return json.loads(record.read_text())["asked"] if record.exists() else None


def check_goes_on(folder: Path, asked: dict[str, Any], arguments: list[str]) -> None:
    """ValueError where what a folder's run has learnt is not what these arguments would learn."""
    if not checkpoints_of(folder):  # then it starts anew
        return
    before = asked_in(folder / ASKED) or asked_in(folder / DONE)
    if before == asked:
        return
    cure = "Remove it, or name another folder by --runs."
    if before is None:
        raise ValueError(f"{folder} holds a run, and not what it was asked for. {cure}")
    if before["flags"] != asked["flags"] or before["steps"] > asked["steps"]:
        raise ValueError(f"{folder} holds a run of {said(before)}, not of {said(asked)}. {cure}")
    schedule = parse_config(arguments).optimizer.schedule
    if schedule != "constant":
        raise ValueError(
            f"{folder} holds a run of {before['steps']} steps, whose rates, by optimizer.schedule "
            f"{schedule}, are not those of {asked['steps']} steps. {cure}"
        )


def said(asked: dict[str, Any]) -> str:
    """What a run is asked for, in words."""
    return f"{asked['steps']} steps with {' '.join(asked['flags']) or 'no flags'}"


def begin(folder: Path, asked: dict[str, Any]) -> None:
    """Write what a run is asked for into its folder, which is no longer whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ASKED).write_text(json.dumps({"asked": asked}) + "\n")
    (folder / DONE).unlink(missing_ok=True)
