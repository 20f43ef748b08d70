"""Many tasks in flight: one list call instead of many polls, if the provider supports it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.engine import EngineConfig
from services.engine.batching import DISTRUST_S, KEPT_S, MANY, PollBatcher, TaskTimesCache
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

FEW, CROWD = 10, 12
"""Ten count as many here, so that a dozen is enough; the bot's figure is fifty."""

ROOM = EngineConfig(concurrency=100, user_running=0)
KLING = KlingOptions(painter="copy", min_seconds=8, max_seconds=8, concurrency=100)
LIST = r"/images/generations$"


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.engine.batching.MANY", FEW)


def counted(here: EngineHarness, path: str) -> Rule:
    """Count the requests on a path and break none of them."""
    rule = Rule(action="status", method="GET", path=path, after=10**9)
    return here.kling.plan.add(rule)


async def crowd(here: EngineHarness, size: int = CROWD) -> list[Job]:
    return [await here.ask(a_request(user_id=user)) for user in range(1, size + 1)]


async def delivered(here: EngineHarness, jobs: list[Job]) -> bool:
    await here.until(lambda: len(here.channel.posted) == len(jobs))
    return all([(await here.job(job.id)).state is State.DELIVERED for job in jobs])


def looks(here: EngineHarness) -> list[int]:
    return [task.queries for task in here.kling.book.tasks.values()]


@pytest.mark.usefixtures("few_are_many")
async def test_batch_poll_of_many_tasks_uses_list_calls(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=KLING, rules=ROOM) as here:
        await here.store_capabilities(external_id=True, lists=True)
        lists = counted(here, LIST)

        assert await delivered(here, await crowd(here, 4 * CROWD))  # the last ten are few again

        assert sum(looks(here)) <= 4 * CROWD
        assert 0 < lists.met <= 20


@pytest.mark.usefixtures("few_are_many")
async def test_batch_poll_without_a_list_call_polls_each_task(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=KLING, rules=ROOM) as here:
        await here.store_capabilities(external_id=True, lists=False)
        lists = counted(here, LIST)

        assert await delivered(here, await crowd(here))

        assert min(looks(here)) >= 1
        assert lists.met == 0


@pytest.mark.usefixtures("few_are_many")
async def test_batch_poll_after_a_failed_list_call_polls_each_task(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=KLING, rules=ROOM) as here:
        await here.store_capabilities(external_id=True, lists=True)
        here.kling.plan.add(Rule(action="status", method="GET", path=LIST, status=503, times=None))

        assert await delivered(here, await crowd(here))
        assert min(looks(here)) >= 1


@pytest.mark.usefixtures("few_are_many")
async def test_batch_poll_polls_a_task_that_the_list_omits(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=KLING, rules=ROOM) as here:
        await here.store_capabilities(external_id=True, lists=True)
        body = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": []}
        here.kling.plan.add(
            Rule(action="status", method="GET", path=LIST, status=200, body=body, times=None)
        )

        assert await delivered(here, await crowd(here))
        assert min(looks(here)) >= 1


@pytest.mark.usefixtures("few_are_many")
async def test_batch_poll_detects_a_stale_list(tmp_path: Path) -> None:
    """A task list behind a cache: every task keeps its first status."""
    async with running_engine(tmp_path, kling=KLING, rules=ROOM) as here:
        await here.store_capabilities(external_id=True, lists=True)
        jobs = await crowd(here)
        await here.until(lambda: len(here.kling.book.tasks) == CROWD)
        data = [
            {"task_id": task_id, "task_status": "processing"} for task_id in here.kling.book.tasks
        ]
        body = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}
        frozen = Rule(action="status", method="GET", path=LIST, status=200, body=body, times=None)
        here.kling.plan.add(frozen)
        began = here.clock.now()

        assert await delivered(here, jobs)

        assert here.clock.now() - began < 2 * 8
        assert frozen.met <= 20


def test_list_is_distrusted_for_a_while_after_three_stale_entries() -> None:
    gathering = PollBatcher()
    for is_stale in (True, True, False, True, True):
        gathering.record_comparison(is_stale=is_stale, now=100.0)
    assert gathering.list_trusted(100.0)

    gathering.record_comparison(is_stale=True, now=100.0)

    assert not gathering.list_trusted(101.0)
    assert gathering.list_trusted(100.0 + DISTRUST_S)


@pytest.mark.parametrize(
    ("in_flight", "lists", "due"), [(MANY, True, 11.0), (MANY - 1, True, 10.2), (MANY, False, 10.2)]
)
def test_batch_time_groups_polls_only_if_enough_tasks_run(
    in_flight: int, lists: bool, due: float
) -> None:
    gathering = PollBatcher()
    gathering.update(in_flight, lists=lists)

    assert gathering.batch_time(10.2) == due
    assert gathering.batch_time(11.0) == 11.0


def test_task_times_cache_expires_soon() -> None:
    learned, kind = TaskTimesCache(), ("kling-v3", 1)
    assert learned.get(kind, 100.0) is None

    learned.put(kind, [8.0, 9.0], 100.0)

    assert learned.get(kind, 101.0) == [8.0, 9.0]
    assert learned.get(("kling-v3", 2), 101.0) is None
    assert learned.get(kind, 100.0 + KEPT_S) is None
    assert learned.get(kind, 99.0) is None, "the clock was put back"
