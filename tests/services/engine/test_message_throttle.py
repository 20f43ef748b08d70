"""One message per job: edited on change, five seconds apart, and never with outdated progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.db import Store
from services.engine.context import Progress
from services.engine.message_throttle import EVERY_S, MESSAGES_KEPT, ThrottledDelivery
from services.models import Job
from tests.services.db.conftest import StoreHarness
from tests.support.engine_harness import Channel
from tests.support.time import HandClock


class ThrottleHarness:
    """A running job and a throttled channel."""

    def __init__(self, rows: StoreHarness, job: Job) -> None:
        self.rows, self.job = rows, job
        self.channel, self.clock = Channel(), HandClock()
        self.pace = ThrottledDelivery(self.channel, store=rows.store, clock=self.clock)

    async def show(self, phase: str, since: float = 1.0) -> None:
        await self.pace.update_progress(self.job, Progress(phase=phase, since=since))  # pyright: ignore[reportArgumentType]
        await asyncio.sleep(0)

    async def pass_time(self, seconds: float = EVERY_S) -> None:
        self.clock.move_to(self.clock.now() + seconds)
        for _ in range(20):
            await asyncio.sleep(0.001)

    @property
    def phases(self) -> list[str]:
        return [progress.phase for _, progress in self.channel.shown]


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[ThrottleHarness]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        rows = StoreHarness(store)
        yield ThrottleHarness(rows, await rows.running())


async def test_the_same_words_are_not_sent_twice(harness: ThrottleHarness) -> None:
    await harness.show("painting")
    await harness.pass_time()
    await harness.show("painting")

    assert harness.phases == ["painting"]


async def test_within_five_seconds_the_newest_word_waits_and_wins(harness: ThrottleHarness) -> None:
    await harness.show("painting")
    await harness.show("longer")
    await harness.show("late")
    assert harness.phases == ["painting"]

    await harness.pass_time(EVERY_S - 0.1)
    assert harness.phases == ["painting"]
    await harness.pass_time(0.1)

    assert harness.phases == ["painting", "late"]


async def test_what_is_over_is_not_said_any_more(harness: ThrottleHarness) -> None:
    await harness.show("painting")
    await harness.show("late")
    await harness.pace.deliver(harness.job, [])
    await harness.pass_time()

    assert harness.phases == ["painting"]
    assert len(harness.channel.posted) == 1


async def test_what_the_row_no_longer_says_is_not_shown(harness: ThrottleHarness) -> None:
    await harness.show("queued")

    assert harness.phases == []


async def test_what_is_kept_back_is_not_talked_about(harness: ThrottleHarness) -> None:
    assert await harness.rows.store.member_jobs.withhold(harness.job.id)
    await harness.show("late")

    assert harness.phases == []


async def test_messages_that_other_processes_end_are_not_remembered_for_ever(
    harness: ThrottleHarness,
) -> None:
    """Another process may deliver; entries for a million jobs once used 627 MB."""
    for number in range(MESSAGES_KEPT + 500):
        await harness.pace.update_progress(
            replace(harness.job, id=f"job-{number}"), Progress(phase="painting")
        )
    await harness.show("painting")
    await harness.pass_time(0.0)

    assert len(harness.pace._messages) <= MESSAGES_KEPT
    await harness.show("painting")
    assert harness.phases == ["painting"], "a message spoken of lately is remembered"


async def test_a_message_whose_edit_waits_is_not_forgotten(harness: ThrottleHarness) -> None:
    await harness.show("painting")
    await harness.show("longer")
    for number in range(MESSAGES_KEPT + 500):
        await harness.pace.update_progress(
            replace(harness.job, id=f"job-{number}"), Progress(phase="painting")
        )
    await harness.pass_time()

    assert harness.phases == ["painting", "longer"]
    await harness.pace.close()
