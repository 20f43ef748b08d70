"""The supervisor, and each background task of the bot, raising at each of its iterations."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest

from services.common.metrics import Metrics
from services.common.supervisor import LONGEST_S, STEADY_S, Supervisor
from services.errors import ConfigError, StoreUnavailable
from tests.support.time import HandClock


class CountingMetrics(Metrics):
    """Counts by name."""

    def __init__(self) -> None:
        self.failed: Counter[str] = Counter()

    def background_failed(self, name: str) -> None:
        self.failed[name] += 1


class FailingWork:
    """Raises the given errors, one per call, and then returns."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def meter() -> CountingMetrics:
    return CountingMetrics()


@pytest.fixture
def supervisor(clock: HandClock, meter: CountingMetrics) -> Supervisor:
    return Supervisor(clock=clock, meter=meter)


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def seconds_until_done(clock: HandClock, work: asyncio.Task[None]) -> float:
    began = clock.now()
    await turns()
    while not work.done():
        next_at = clock.next_at()
        assert next_at is not None
        clock.move_to(next_at)
        await turns()
    return clock.now() - began


ERRORS = (
    StoreUnavailable("database is locked"),
    OSError(28, "No space left on device"),
    KeyError("unexpected"),
    TimeoutError(),
    AssertionError("a bug"),
    ConfigError(["of what is not vital"]),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_keep_runs_work_again_after_any_error(
    supervisor: Supervisor, clock: HandClock, meter: CountingMetrics, error: Exception
) -> None:
    work = FailingWork(error, error, error)
    keeping = asyncio.create_task(supervisor.run("retention", work))

    assert await seconds_until_done(clock, keeping) == pytest.approx(1 + 2 + 4)
    assert (work.calls, meter.failed) == (4, {"retention": 3})


async def test_keep_waits_longer_each_time_and_never_longer_than_that(
    supervisor: Supervisor, clock: HandClock
) -> None:
    keeping = asyncio.create_task(supervisor.run("disk", FailingWork(*[OSError()] * 10)))

    assert await seconds_until_done(clock, keeping) == pytest.approx(63 + 4 * LONGEST_S)


async def test_keep_waits_as_at_first_after_steady_work(
    supervisor: Supervisor, clock: HandClock
) -> None:
    calls = 0

    async def hourly() -> None:
        nonlocal calls
        calls += 1
        await clock.sleep(2 * STEADY_S)
        if calls < 5:
            raise OSError

    keeping = asyncio.create_task(supervisor.run("disk", hourly))

    assert await seconds_until_done(clock, keeping) == pytest.approx(5 * 2 * STEADY_S + 4 * 1.0)


async def test_keep_gives_up_what_was_tried_often_enough(
    supervisor: Supervisor, clock: HandClock, meter: CountingMetrics
) -> None:
    work = FailingWork(*[OSError()] * 99)
    keeping = supervisor.start("notices", work, most=3)
    await seconds_until_done(clock, keeping)

    assert (work.calls, meter.failed["notices"]) == (3, 3)
    assert keeping.exception() is None


async def test_only_what_is_vital_ends_and_only_by_what_never_passes(
    supervisor: Supervisor, clock: HandClock
) -> None:
    work = FailingWork(OSError(), ConfigError(["SHARD_COUNT: other processes hold 3"]))
    keeping = asyncio.create_task(supervisor.run("fleet", work, vital=True))
    await seconds_until_done(clock, keeping)

    with pytest.raises(ConfigError):
        await keeping


async def test_being_cancelled_is_no_error(supervisor: Supervisor, meter: CountingMetrics) -> None:
    keeping = asyncio.create_task(supervisor.run("disk", asyncio.Event().wait))
    await turns()
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping

    assert not meter.failed


async def test_attempt_returns_what_work_does_or_nothing(supervisor: Supervisor) -> None:
    assert await supervisor.attempt("list", FailingWork()) == "done"
    assert await supervisor.attempt("list", FailingWork(KeyError("x"))) is None


async def test_a_database_that_is_away_leaves_no_traceback(
    supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    await supervisor.attempt("anonymize", FailingWork(StoreUnavailable("gone")))
    await supervisor.attempt("anonymize", FailingWork(KeyError("x")))

    assert [one.levelno for one in caplog.records] == [logging.WARNING, logging.ERROR]
    assert [one.exc_info is None for one in caplog.records] == [True, False]
