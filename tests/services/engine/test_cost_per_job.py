"""Counted work of one job: the test fails if the work grows. Times are measured in bench/."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sandbox.kling.options import Options as KlingOptions
from services.db.sqlite_thread import DatabaseThread
from services.engine import EngineConfig
from services.engine.eta import ENOUGH
from services.engine.interactive_priority import InteractivePriority, WorkKind
from services.engine.submit import WORTH_SAYING_S
from services.engine.worker import SUBMITS_AT_ONCE
from services.models import State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

SHORT = KlingOptions(painter="copy", min_seconds=1, max_seconds=1, concurrency=1000)
LONG = KlingOptions(painter="copy", min_seconds=60, max_seconds=60, concurrency=1000)
ROOM = EngineConfig(concurrency=1000, user_running=0)
CALLS = 20
"""Store calls from acceptance to delivery, including the engine's own queries: 3 or 4 of those for
each of many simultaneous jobs (measured), and some more for a single one; two for each image that
is opened.
"""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return the calls to the store from now on, True for those that write."""
    seen: list[bool] = []
    real = DatabaseThread.transact

    async def transact(self: DatabaseThread, work: Any, *, writes: bool, queue: Any = None) -> Any:
        seen.append(writes)
        return await real(self, work, writes=writes, queue=queue)

    monkeypatch.setattr(DatabaseThread, "transact", transact)
    return seen


async def learn(here: EngineHarness) -> None:
    """Run enough jobs for the bot to learn the usual time and the provider's capabilities."""
    for user in range(1, 7):
        await here.until_over(await here.ask(a_request(user_id=user)))


async def test_job_takes_a_bounded_number_of_store_calls(tmp_path: Path, calls: list[bool]) -> None:
    async with running_engine(tmp_path, kling=SHORT, rules=ROOM) as here:
        await learn(here)
        calls.clear()
        job = await here.ask(a_request(user_id=50))
        while (await here.job(job.id)).state is not State.DELIVERED:
            await here.until_over(job)

    assert len(calls) <= CALLS + 4  # the test itself reads the row


async def test_short_task_shows_no_progress(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SHORT, rules=ROOM) as here:
        times = [WORTH_SAYING_S - 0.1] * ENOUGH
        here.parts.learned.put(("kling-v3", 1), times, here.clock.now())
        await here.until_over(await here.ask())

    assert here.channel.shown == []


async def test_long_task_shows_progress_once(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG, rules=ROOM) as here:
        await learn(here)
        here.channel.shown.clear()
        job = await here.until_over(await here.ask(a_request(user_id=50)))

    phases = Counter(progress.phase for one, progress in here.channel.shown if one == job.id)
    assert phases == {"painting": 1}


async def test_engine_claims_a_bounded_number_of_jobs_at_once(tmp_path: Path) -> None:
    """The others stay queued, where they can be cancelled, and no other job waits for them."""
    async with running_engine(tmp_path, kling=LONG, rules=ROOM) as here:
        await here.engine.drain(0.0)
        for user in range(1, SUBMITS_AT_ONCE + 11):
            await here.ask(a_request(user_id=user))
        taken = await here.store.jobs.fetch_due(
            now=here.clock.now(), lease_s=60, units=1000, per_user=0, claims=SUBMITS_AT_ONCE
        )
        states = Counter(job.state for job in taken.jobs)
        left = await here.store.jobs.waiting()

    assert states == {State.SUBMITTING: SUBMITS_AT_ONCE}
    assert len(left) == 10


class RecordingPriority(InteractivePriority):
    """Records the kinds of work that asked to start."""

    kinds: ClassVar[list[WorkKind]] = []

    async def wait_for_idle(self, kind: WorkKind) -> None:
        self.kinds.append(kind)
        await super().wait_for_idle(kind)


async def test_heavy_steps_wait_for_idle_once_each(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SHORT, rules=ROOM) as here:
        RecordingPriority.kinds.clear()
        await here.restart(precedence=RecordingPriority(here.clock))
        await here.until_over(await here.ask())

    assert RecordingPriority.kinds == ["submit", "fetch", "deliver"]
