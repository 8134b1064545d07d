"""The tables of docs/results.md, from runs of a few steps."""

import json
import shutil
import subprocess
import threading
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from benchmarks import systems, tables
from benchmarks.results import Row, about, in_table, order_parts, write_results
from benchmarks.systems import ASKED, DONE, EDGES2FRUIT, TABLES, System, Table, train
from benchmarks.tables import side_by_side
from tests.needs import need
from tests.tiny_fruits import SMALL, WEIGHTS
from tests.tiny_runs import ROOT
from training.checkpoint import save_checkpoint
from training.command_line import parse_config

PRESETS = ROOT / "training" / "configs"
# The published order, in figures that show it.
VALUES = {
    "UNIT": (9.0, 0.01, 0.1),
    "CycleGAN": (9.0, 0.0, 0.0),
    "CycleGAN with noise": (9.0, 0.02, 0.1),
    "MUNIT without image reconstruction": (12.0, 0.2, 0.5),
    "MUNIT without style reconstruction": (9.0, 0.05, 0.2),
    "MUNIT": (8.0, 0.12, 0.6),
    "BicycleGAN (paired)": (5.0, 0.1, 0.7),
}


def report(frechet, diversity, cis=None):
    named = {"frechet": frechet, "diversity": diversity} | ({} if cis is None else {"cis": cis})
    real = {"frechet": 3.0, "diversity": 0.3}
    return {
        "figures": {
            name: {"value": value, "standard_error": 0.01, "real": real.get(name)}
            for name, value in named.items()
        }
    }


def rows(**changed):
    values = VALUES | changed
    return [Row(System(title, "x"), [report(*value)]) for title, value in values.items()]


def test_the_published_order_is_recognised():
    (text,) = order_parts(rows())
    assert text.count(": yes.") == 5 and "no" not in text.split("\n\n")[1]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"MUNIT": (8.0, 0.09, 0.6)}, "five times"),
        ({"UNIT": (9.0, 0.01, 0.65)}, "highest CIS"),
        ({"MUNIT without style reconstruction": (9.0, 0.13, 0.2)}, "without style"),
        ({"MUNIT without image reconstruction": (7.0, 0.2, 0.5)}, "without image"),
        ({"MUNIT": (4.0, 0.12, 0.6)}, "BicycleGAN"),
    ],
)
def test_another_order_is_said(changed, said):
    lines = order_parts(rows(**changed))[0].splitlines()
    assert any(said in line and line.endswith("**no**.") for line in lines)


def test_nothing_is_said_of_systems_that_are_not_there():
    assert order_parts(rows()[:2]) == []
    without_cis = [Row(System(title, "x"), [report(*v[:2])]) for title, v in VALUES.items()]
    assert "CIS" not in order_parts(without_cis)[0]


def test_seeds_stand_side_by_side_and_their_mean_is_compared():
    row = Row(System("MUNIT", "munit"), [report(8.0, 0.1), report(9.0, 0.2)])
    assert row.value("diversity") == pytest.approx(0.15) and row.value("cis") is None
    last, real = in_table([row]).splitlines()[-2:]
    assert last == "| MUNIT | 8.000 +- 0.010 / 9.000 +- 0.010 | 0.100 +- 0.010 / 0.200 +- 0.010 |"
    assert real == "| real images | 3.000 | 0.300 |"


def test_a_commit_that_nobody_knows_is_said_to_be_unknown():
    figures = {"frechet": {"n": {"real": 40}}, "diversity": {"n": {"inputs": 4}}}
    known = {"figures": figures, "resolution": "32 pixels", "source": "a", "target": "b"}
    known |= {"protocol": asdict(SMALL), "versions": {"torch": "2"}, "machine": "a machine"}
    text = about([known | {"commit": commit} for commit in (None, "0123456789+")])
    assert "commits 01234567+, unknown, torch 2" in text


def test_remarks_that_somebody_wrote_stay(tmp_path):
    output = tmp_path / "results.md"
    write_results({}, 4000, 8, output)
    assert "4,000 steps of batch 8" in output.read_text()
    output.write_text(output.read_text() + "\n## Remarks\n\nThe order differs because of this.\n")
    write_results({}, 5000, 8, output)
    text = output.read_text()
    assert "5,000 steps" in text and "4,000" not in text
    assert text.endswith("\n\n## Remarks\n\nThe order differs because of this.\n")
    write_results({}, 5000, 8, output)
    assert output.read_text() == text


def test_every_row_has_its_preset_and_two_seeds_where_they_are_asked_for():
    assert {one.preset for table in TABLES.values() for one in table.systems} <= {
        path.stem for path in PRESETS.glob("*.yaml")
    }
    seeds = {one.title: len(one.seeds) for one in EDGES2FRUIT.systems}
    assert seeds["MUNIT"] == seeds["CycleGAN with noise"] == 2


def test_only_what_is_missing_is_trained(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda command, **_: commands.append(command) or subprocess.CompletedProcess(command, 0),
    )
    system, runs = System("UNIT", "unit-noto2blob"), tmp_path / "runs"
    (runs / "noto2blob-unit-seed3").mkdir(parents=True)

    def go(steps):
        return train(systems.NOTO2BLOB, system, 3, steps, ["--x=1"], PRESETS, runs)

    assert go(5) == go(5) == runs / "noto2blob-unit-seed3"
    assert len(commands) == 1 and "--resume_from_checkpoint=latest" in commands[0]
    assert {"--max_steps=5", "--seed=3", "--x=1"} <= set(commands[0])
    go(6)
    assert len(commands) == 2 and "--cpu_threads=1" not in commands[1]
    train(systems.NOTO2BLOB, system, 3, 7, ["--x=1"], PRESETS, runs, threads=1)
    assert "--cpu_threads=1" in commands[2]


@pytest.fixture
def trainer(tmp_path, monkeypatch):
    """Trains a preset for so many steps with flags; what it returns says whether it began to."""
    state = {"begun": 0, "code": 0}

    def trained(command, **_):
        state["begun"] += 1
        config = parse_config(command[2:])
        save_checkpoint(Path(config.output_dir), 1, {"step": 1}, keep=1)
        assert json.loads((tmp_path / "noto2blob-x-seed3" / ASKED).read_text())["asked"]
        return subprocess.CompletedProcess(command, state["code"])

    def go(preset, steps, *flags, code=0):
        state.update(begun=0, code=code)
        shutil.copy(PRESETS / f"{preset}-noto2blob.yaml", tmp_path / "x.yaml")
        train(systems.NOTO2BLOB, System("X", "x"), 3, steps, flags, tmp_path, tmp_path)
        return state["begun"] == 1

    monkeypatch.setattr(subprocess, "run", trained)
    return go


def test_a_run_that_was_asked_for_with_other_flags_does_not_go_on(trainer, tmp_path):
    flag = "--data.batch_size=2"
    with pytest.raises(ValueError, match="ended with code 130"):
        trainer("munit", 5, flag, code=130)
    said = "noto2blob-x-seed3 holds a run of 5 steps with --data.batch_size=2, not of"
    for wrong in ((5,), (5, "--data.batch_size=4"), (4, flag)):
        with pytest.raises(ValueError, match=f"{said} {wrong[0]} steps with .*Remove it"):
            trainer("munit", *wrong)
    assert trainer("munit", 5, flag) and not trainer("munit", 5, flag)
    with pytest.raises(ValueError, match=said):
        trainer("munit", 4, flag)
    assert not trainer("munit", 5, flag)  # what was refused changed nothing


def test_more_steps_go_on_where_rates_do_not_depend_on_their_number(trainer, tmp_path):
    assert trainer("munit", 5) and trainer("munit", 6) and not trainer("munit", 6)
    with pytest.raises(ValueError, match="ended with code 130"):
        trainer("munit", 8, code=130)
    with pytest.raises(ValueError, match="a run of 8 steps with no flags, not of 6 steps"):
        trainer("munit", 6)  # the model there is one of more steps by now
    shutil.rmtree(tmp_path / "noto2blob-x-seed3")
    assert trainer("cyclegan", 5)
    with pytest.raises(ValueError, match="rates, by optimizer.schedule linear_second_half, are"):
        trainer("cyclegan", 6)
    assert not trainer("cyclegan", 5)


def test_what_an_earlier_version_trained_is_understood(trainer, tmp_path):
    folder = tmp_path / "noto2blob-x-seed3"
    save_checkpoint(folder, 5, {"step": 5}, keep=1)
    with pytest.raises(ValueError, match="seed3 holds a run, and not what it was asked for. Remo"):
        trainer("munit", 5)  # it was interrupted
    (folder / DONE).write_text(json.dumps({"asked": {"steps": 5, "flags": []}}))
    assert not trainer("munit", 5)
    with pytest.raises(ValueError, match="a run of 5 steps with no flags, not of 5 steps with --s"):
        trainer("munit", 5, "--seed=3")
    assert trainer("munit", 6)


def test_what_has_learnt_nothing_yet_may_be_asked_for_otherwise(trainer, tmp_path):
    folder = tmp_path / "noto2blob-x-seed3"
    folder.mkdir()
    (folder / ASKED).write_text(json.dumps({"asked": {"steps": 9, "flags": ["--wrong"]}}))
    assert trainer("munit", 5)


def test_trainings_side_by_side_end_with_the_first_error():
    begun, both = [], threading.Barrier(2, timeout=30)

    def work(number):
        begun.append(number)
        if number < 2:
            both.wait()  # the two are done at the same time, or never
        if number == 1:
            raise ValueError("one ended")

    with pytest.raises(ValueError, match="one ended"):
        side_by_side(work, [(n,) for n in range(50)], 2)
    assert sorted(begun[:2]) == [0, 1] and len(begun) <= 3  # the third, before the error was known


def test_every_row_trains_on_the_same_pictures_as_often(tmp_path, monkeypatch):
    configs = []

    def parsed(command, **_):
        configs.append(parse_config(command[2:]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", parsed)
    flags = ["--data.resolution=64", "--data.batch_size=8"]
    for table in systems.TABLES.values():
        for system in table.systems:
            train(table, system, 1, 4000, flags, PRESETS, tmp_path)
    seen = {(c.data.resolution, c.data.batch_size, c.max_steps, c.seed) for c in configs}
    assert seen == {(64, 8, 4000, 1)} and len(configs) == len({c.output_dir for c in configs}) == 12
    fruit, blob = configs[:9], configs[9:]
    assert {c.data.sources["fruit"].part for c in fruit} == {"1/2"}
    assert {c.data.sources["edges"].part for c in fruit[:8]} == {"0/2"}
    assert fruit[8].data.paired and fruit[8].data.sources["edges"].part == "1/2"
    assert {c.data.sources["blob"].path[-18:] for c in blob} == {"train-blob.parquet"}
    assert fruit[2].cyclegan.model.noise_channels == 8
    assert [c.precision for c in fruit].index("fp32") == 7


def test_a_training_that_fails_ends_the_table(tmp_path):
    (tmp_path / "broken.yaml").write_text("nonsense: 1\n")
    with pytest.raises(ValueError, match="ended with code 2, see .*seed0.log"):
        train(EDGES2FRUIT, System("X", "broken"), 0, 1, [], tmp_path, tmp_path)
    assert "nonsense" in (tmp_path / "edges2fruit-broken-seed0.log").read_text()
    assert not (tmp_path / "edges2fruit-broken-seed0" / DONE).exists()


@pytest.fixture
def tiny_table(fruits, tmp_path, monkeypatch):
    """A table of one system, whose preset has the tiniest networks."""
    need(WEIGHTS.is_dir(), "../shared/weights")
    source = {"path": fruits}
    preset = {
        "output_dir": "x",
        "max_steps": 1,
        "precision": "fp32",
        "cpu_threads": 1,
        "data": {
            "cache_dir": str(tmp_path / "cache"),
            "sources": {"edges": source | {"edges": {"low": 40}}, "fruit": source},
        },
        "munit": {
            "model": {"base_width": 4, "num_residual_blocks": 1, "mlp_width": 8},
            "critic": {"base_width": 4, "num_layers": 2},
        },
        "log": {"samples_every": 0, "checkpoint_every": 2},
    }
    (tmp_path / "munit.yaml").write_text(yaml.safe_dump(preset))
    edges = f"{{path: {fruits}, edges: {{low: 40}}}}"
    labelled = f"{{path: {fruits}, label_column: kind}}"
    row = System("MUNIT", "munit", (0, 1))
    monkeypatch.setitem(TABLES, "tiny", Table("tiny", "Tiny", edges, fruits, labelled, (row,)))
    monkeypatch.chdir(tmp_path)
    return {
        "tables": ["tiny"],
        "steps": 2,
        "resolution": 32,
        "batch_size": 2,
        "presets": tmp_path,
        "runs": tmp_path / "runs",
        "output": tmp_path / "docs" / "results.md",
        "weights": str(WEIGHTS),
        "protocol": SMALL,
    }


@pytest.mark.slow
def test_a_table_is_trained_measured_and_written_once(tiny_table, tmp_path):
    tables.main(**tiny_table)
    text = (tmp_path / "docs" / "results.md").read_text()
    assert "## Tiny" in text and text.count(" / ") >= 6 and "| real images |" in text
    assert "a classifier of 2 classes, accuracy 1.000" in text
    assert "results/tiny-munit-seed0/samples.webp" in text
    names = [f"tiny-munit-seed{seed}" for seed in (0, 1)]
    starts = [json.loads((tmp_path / "runs" / name / "run.json").read_text()) for name in names]
    assert all(len(of_one) == 1 for of_one in starts)
    kept = [tmp_path / "docs" / "results" / name for name in names]
    assert all((folder / "samples.webp").exists() for folder in kept)
    shutil.rmtree(tmp_path / "runs")  # on another machine there are the reports alone
    tables.main(**tiny_table)
    assert (tmp_path / "docs" / "results.md").read_text() == text
    assert not (tmp_path / "runs").exists()
    report = json.loads((kept[1] / "report.json").read_text())
    (kept[1] / "report.json").write_text(json.dumps(report | {"training": {"steps": 1}}))
    tables.main(**tiny_table)  # it is of another training
    assert not (tmp_path / "runs" / names[0]).exists() and (tmp_path / "runs" / names[1]).exists()


def test_a_table_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="tables are edges2fruit, noto2blob, not 'shoes'"):
        tables.main(tables=["shoes"])
