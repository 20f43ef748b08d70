"""A closed port: connections are refused for a while, or until faults are lifted."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.clock import Clock
from sandbox.faults import Rule
from sandbox.kling.options import Options
from sandbox.kling.server import Served, serve


async def is_reached(served: Served) -> bool:
    """Return whether a connection of its own succeeds."""
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(f"{served.url}/sandbox/state") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectorError:
            return False


async def reopened(served: Served) -> bool:
    for _ in range(100):
        if await is_reached(served):
            return True
    return False


@pytest.mark.parametrize("by_time", [True, False], ids=["by time", "by lifting"])
async def test_nobody_gets_in_until_it_opens(by_time: bool) -> None:
    clock = Clock()
    async with serve(Options(painter="copy"), clock=clock) as served:
        served.plan.add(Rule(action="refuse", path="/v1/", seconds=60 if by_time else None))
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"{served.url}/kling/v1/images/generations")
        assert not await is_reached(served)

        if by_time:
            clock.advance(61)
        else:
            served.plan.clear()

        assert await reopened(served)
