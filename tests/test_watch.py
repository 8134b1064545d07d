import logging

import torch

from training.watch import CollapseAlarm, peak_memory


def test_a_fall_under_the_floor_is_told_once_by_name(caplog):
    alarm = CollapseAlarm(0.01)
    with caplog.at_level(logging.WARNING):
        for step, (edges, fruit) in enumerate([(0.001, 0.3), (0.002, 0.015), (0.0, 0.009)]):
            assert not caplog.records
            alarm({"edges": edges, "fruit": fruit}, step)
        alarm({"edges": 0.0, "fruit": 0.001}, 3)
    (record,) = caplog.records
    assert "At step 2 the translations of one picture into fruit differ by only 0.0090" in (
        record.getMessage()
    )


def test_memory_is_what_was_used_so_far():
    before = peak_memory(torch.device("cpu"))
    held = torch.ones(60_000_000)
    assert peak_memory(torch.device("cpu")) >= before + 50_000_000 or before > held.nbytes
