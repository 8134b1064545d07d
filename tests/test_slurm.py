"""The job script of docs/training.md on this machine: two "nodes" of one process each (gloo)."""

import random
import re
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.tiny_runs import ROOT, finish, last_state, launch
from training.checkpoint import checkpoints_of

TRAINING = "--config training/configs/paper.yaml --output_dir runs/mine"
# As SLURM's own: started once a node, told of signals, ended with the worst code.
SRUN = """#!/bin/bash
while [[ $1 == -* ]]; do shift; done
for node in 0 1; do SLURM_NODEID=$node "$@" & nodes+=($!); done
trap 'kill -TERM "${nodes[@]}"' TERM
worst=0
for node in "${nodes[@]}"; do
    while wait "$node"; code=$?; kill -0 "$node" 2>/dev/null; do :; done
    ((code > worst)) && worst=$code
done
exit $worst
"""
SCONTROL = """#!/bin/bash
[[ $1 == show ]] && echo 127.0.0.1 || echo "$@" > "$(dirname "$0")/queued"
"""


def free_job():
    """The number of a job whose port is free."""
    while True:
        number = random.randrange(10_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", 20_000 + number)):
                return number


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """The folder of the programs that stand in for SLURM's; its variables are set."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.setenv("SLURM_JOB_ID", str(free_job()))
    for name, value in (("NNODES", 2), ("GPUS_ON_NODE", 1), ("CPUS_PER_TASK", 1)):
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    return folder


def job(*arguments):
    """The script as it is shown, but for what it trains; in bash, as SLURM runs it."""
    page = (ROOT / "docs" / "training.md").read_text()
    (script,) = re.findall(r"```bash\n(#!/bin/bash\n#SBATCH.*?)```", page, re.DOTALL)
    assert script.count(TRAINING) == 1
    script = script.replace(TRAINING, " ".join(arguments))
    return launch("-c", script, command=["bash"], cwd=ROOT, start_new_session=True)


def test_a_job_that_fails_has_the_code_of_its_training(cluster):
    (cluster / "srun").write_text("#!/bin/bash\nexit 7\n")
    assert finish(job()) == (7, "")


@pytest.mark.slow
def test_a_job_whose_time_is_up_is_saved_queued_again_and_goes_on(cluster, arguments, tmp_path):
    arguments = [*arguments, "--log.samples_every=0", "--report_to=none"]
    process = job(*arguments, "--max_steps=100000")
    deadline = time.monotonic() + 120
    while not checkpoints_of(tmp_path / "run") and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)  # to the batch shell alone
    code, output = finish(process)
    step = last_state(tmp_path / "run")["step"]
    assert code != 0 and f"Stopped at step {step} and saved" in output, output
    assert (cluster / "queued").read_text().startswith("requeue ")
    code, output = finish(job(*arguments, f"--max_steps={step + 1}"))
    assert code == 0, output
    assert last_state(tmp_path / "run")["step"] == step + 1
    assert output.count("Stopped at") == 0
