"""Training processes without the ten seconds of imports: forked from one that imported it all.

Each does what `python script arguments` does, with nothing in memory but modules as they are
imported. The tests of the command itself, of its signals and of `accelerate launch` start real
processes: `tests.tiny_runs.launch`.
"""

import multiprocessing
import os
import runpy
import sys
import tempfile
import time
from multiprocessing import connection, forkserver
from pathlib import Path
from unittest.mock import patch

from accelerate.utils.other import get_free_port

FIXED = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}  # read when modules are imported
_forks = multiprocessing.get_context("forkserver")


def run(script, *arguments, processes=1, timeout=900):
    """The exit code of a run on the CPU, of a process that failed if one did; and what was said."""
    forkserver.set_forkserver_preload(["training.train", "torch.utils.tensorboard", __name__])
    with patch.dict(os.environ, FIXED):
        forkserver.ensure_running()
    environment = os.environ | FIXED | {"ACCELERATE_USE_CPU": "true"}
    if processes > 1:  # in torchrun's words
        environment |= {"WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes)}
        environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(get_free_port())}
    with tempfile.TemporaryDirectory() as folder:
        log, running = Path(folder, "log"), []
        for rank in map(str, range(processes)):
            own = {"RANK": rank, "LOCAL_RANK": rank} if processes > 1 else {}
            words = [script, *arguments]
            running.append(_forks.Process(target=_become, args=(log, environment | own, words)))
            running[-1].start()
        _wait(running, time.monotonic() + timeout)
        return next((p.exitcode for p in running if p.exitcode), 0), log.read_text()


def _wait(running, end):
    """Until all have ended; those that would wait for one that failed are ended, too."""
    while alive := [process for process in running if process.exitcode is None]:
        connection.wait([process.sentinel for process in alive], max(end - time.monotonic(), 0))
        if time.monotonic() > end or any(process.exitcode for process in running):
            for process in alive:
                process.kill()
                process.join()


def _become(log, environment, words):
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")
