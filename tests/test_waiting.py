import multiprocessing
import time
from datetime import timedelta
from types import SimpleNamespace

import torch
import torch.distributed as dist

from training.waiting import main_first

FIRST_OF_MACHINE = (0, 2)  # the processes 0 and 1 are on one machine, 2 on another


def take_turns(rank, folder):
    torch.set_num_threads(1)  # the threads of OpenMP do not live through a fork
    dist.init_process_group("gloo", init_method=f"file://{folder / 'met'}", rank=rank, world_size=3)
    dist.distributed_c10d._set_pg_timeout(timedelta(seconds=1), dist.group.WORLD)  # of a step
    process = SimpleNamespace(
        num_processes=3,
        is_main_process=rank == 0,
        is_local_main_process=rank in FIRST_OF_MACHINE,
    )
    with main_first(process):
        time.sleep(2)
        with (folder / "turns").open("a") as turns:
            turns.write(str(rank))
    dist.destroy_process_group()


def test_the_others_wait_longer_than_a_step_may_take(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=take_turns, args=(rank, tmp_path)) for rank in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (tmp_path / "turns").read_text() == "021"
