"""Waiting users go first; heavy work waits for them, but not for ever."""

from __future__ import annotations

import asyncio

import pytest

from services.engine.interactive_priority import (
    GLANCE_S,
    LOOKED_OVER,
    PATIENCE_S,
    InteractivePriority,
)
from tests.support.time import HandClock


class WaitingUser:
    """A user who waits for a response."""

    def __init__(self, precedence: InteractivePriority) -> None:
        self.answered = False
        precedence.arrived(self.is_answered)

    def is_answered(self) -> bool:
        return self.answered


async def heavy(precedence: InteractivePriority, done: list[int], number: int) -> None:
    await precedence.wait_for_idle("submit")
    done.append(number)


async def spin() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def seconds_until(clock: HandClock, work: list[asyncio.Task[None]]) -> float:
    """Move time on in steps of GLANCE_S until all work has begun; return the seconds."""
    began = clock.now()
    await spin()
    while not all(piece.done() for piece in work):
        clock.move_to(clock.now() + GLANCE_S)
        await spin()
    return clock.now() - began


async def test_wait_for_idle_without_waiting_users_returns_at_once() -> None:
    precedence, done = InteractivePriority(HandClock()), list[int]()
    work = [asyncio.create_task(heavy(precedence, done, number)) for number in range(5)]
    await spin()

    assert done == [0, 1, 2, 3, 4]
    await asyncio.gather(*work)


async def test_wait_for_idle_lasts_until_the_user_is_answered() -> None:
    precedence, done = InteractivePriority(clock := HandClock()), list[int]()
    asker = WaitingUser(precedence)
    work = [asyncio.create_task(heavy(precedence, done, number)) for number in range(2)]
    await spin()
    assert done == []

    asker.answered = True

    assert await seconds_until(clock, work) == pytest.approx(GLANCE_S)
    assert done == [0, 1]


async def test_wait_for_idle_with_many_users_starts_one_step_at_a_time() -> None:
    precedence, done = InteractivePriority(clock := HandClock()), list[int]()
    WaitingUser(precedence)
    work = [asyncio.create_task(heavy(precedence, done, number)) for number in range(4)]

    assert await seconds_until(clock, work) == pytest.approx(4 * PATIENCE_S["submit"])
    assert done == [0, 1, 2, 3]


async def test_wait_for_idle_queues_each_kind_of_work_apart() -> None:
    precedence, done = InteractivePriority(clock := HandClock()), list[int]()
    WaitingUser(precedence)
    sending = [asyncio.create_task(heavy(precedence, done, number)) for number in range(20)]
    delivering = asyncio.create_task(precedence.wait_for_idle("deliver"))

    assert await seconds_until(clock, [delivering]) == pytest.approx(PATIENCE_S["deliver"])
    assert done == [], "a delivery does not queue behind submissions"

    await seconds_until(clock, sending)


@pytest.mark.parametrize(("seconds", "waits"), [(2.9, True), (3.1, False)])
async def test_user_without_an_answer_is_waited_for_as_long_as_discord_waits(
    seconds: float, waits: bool
) -> None:
    clock = HandClock()
    precedence = InteractivePriority(clock)
    WaitingUser(precedence)
    clock.move_to(clock.now() + seconds)

    assert precedence.look() is waits


@pytest.mark.parametrize(("after_s", "waits"), [(2.9, True), (3.1, False)])
def test_look_counts_a_user_for_the_three_seconds_that_discord_allows(
    after_s: float, *, waits: bool
) -> None:
    clock = HandClock()
    precedence = InteractivePriority(clock)
    WaitingUser(precedence)
    clock.move_to(clock.now() + after_s)

    assert precedence.look() == waits


async def test_waiting_user_counts_after_another_was_answered() -> None:
    precedence = InteractivePriority(HandClock())
    first, second = WaitingUser(precedence), WaitingUser(precedence)
    first.answered = True
    assert precedence.look()

    second.answered = True
    assert not precedence.look()


def test_answered_users_are_dropped_without_any_work() -> None:
    """A process may hold busy shards while other processes run the jobs."""
    precedence = InteractivePriority(HandClock())
    for _ in range(20 * LOOKED_OVER):
        WaitingUser(precedence).answered = True

    assert len(precedence._waiting) <= LOOKED_OVER
    still = [WaitingUser(precedence) for _ in range(3 * LOOKED_OVER)]
    assert precedence.look()
    assert len(precedence._waiting) == len(still)
