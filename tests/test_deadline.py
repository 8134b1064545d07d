import asyncio
import time

import pytest
import torch

from space.deadline import deadline


def slowly(net):
    end = time.monotonic() + 10  # unless it is stopped
    while time.monotonic() < end:
        net(torch.zeros(1))


def test_a_network_stops_when_its_time_is_up():
    with pytest.raises(TimeoutError), deadline(0.05):
        slowly(torch.nn.Identity())
    assert torch.nn.Identity()(torch.ones(1)) == 1  # nothing is left of it


def test_it_stops_in_the_thread_that_works_for_a_request():
    async def request():
        with deadline(0.05):
            await asyncio.to_thread(slowly, torch.nn.Identity())

    with pytest.raises(TimeoutError):
        asyncio.run(request())


def test_requests_have_deadlines_of_their_own():
    async def request(seconds, net):
        with deadline(seconds):
            await asyncio.sleep(0.1)
            return await asyncio.to_thread(net, torch.ones(1))

    async def both():
        asked = (request(seconds, torch.nn.Identity()) for seconds in (0.01, 60))
        return await asyncio.gather(*asked, return_exceptions=True)

    late, served = asyncio.run(both())
    assert isinstance(late, TimeoutError) and served == 1


def test_what_is_quick_is_not_stopped():
    with deadline(60):
        start = time.monotonic()
        torch.nn.Identity()(torch.zeros(1))
    assert time.monotonic() - start < 60
