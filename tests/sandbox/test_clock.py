from __future__ import annotations

import asyncio
import time

import pytest

from sandbox.clock import Clock


async def test_it_tells_real_time_until_it_is_pushed() -> None:
    clock = Clock()
    assert clock.now() == pytest.approx(time.time(), abs=1)
    clock.advance(3600)
    assert clock.now() == pytest.approx(time.time() + 3600, abs=1)


async def test_a_sleeper_wakes_when_the_clock_is_pushed_past_its_instant() -> None:
    clock = Clock()
    asleep = asyncio.ensure_future(clock.sleep(86_400))
    await asyncio.sleep(0)
    clock.advance(86_399.9)
    await asyncio.sleep(0)
    assert not asleep.done()
    clock.advance(1)
    await asyncio.wait_for(asleep, 30)


async def test_every_sleeper_wakes_in_the_order_of_the_instants_asked_for() -> None:
    clock = Clock()
    woken: list[int] = []

    async def sleep(seconds: int) -> None:
        await clock.sleep_until(began + seconds)
        woken.append(seconds)

    began = clock.now()
    sleepers = [asyncio.ensure_future(sleep(seconds)) for seconds in (300, 100, 200)]
    await asyncio.sleep(0)
    for _ in range(3):
        clock.advance(100)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.gather(*sleepers), 30)
    assert woken == [100, 200, 300]


async def test_it_goes_on_by_itself() -> None:
    clock = Clock()
    await asyncio.wait_for(clock.sleep(0.01), 30)


async def test_an_instant_that_has_passed_is_not_waited_for() -> None:
    clock = Clock()
    await asyncio.wait_for(clock.sleep_until(clock.now() - 1), 30)


async def test_a_cancelled_sleeper_leaves_nothing_behind() -> None:
    clock = Clock()
    asleep = asyncio.ensure_future(clock.sleep(60))
    await asyncio.sleep(0)
    asleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asleep
    clock.advance(120)


def test_time_never_runs_back() -> None:
    with pytest.raises(ValueError, match="can not go back 5 s"):
        Clock().advance(-5)
