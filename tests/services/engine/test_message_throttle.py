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
from tests.services.db.conftest import Desk
from tests.support.engine_harness import Channel
from tests.support.time import HandClock


class Bench:
    """A running job and a throttled channel."""

    def __init__(self, desk: Desk, job: Job) -> None:
        self.desk, self.job = desk, job
        self.channel, self.clock = Channel(), HandClock()
        self.pace = ThrottledDelivery(self.channel, store=desk.store, clock=self.clock)

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
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        desk = Desk(store)
        yield Bench(desk, await desk.running())


async def test_the_same_words_are_not_sent_twice(bench: Bench) -> None:
    await bench.show("painting")
    await bench.pass_time()
    await bench.show("painting")

    assert bench.phases == ["painting"]


async def test_within_five_seconds_the_newest_word_waits_and_wins(bench: Bench) -> None:
    await bench.show("painting")
    await bench.show("longer")
    await bench.show("late")
    assert bench.phases == ["painting"]

    await bench.pass_time(EVERY_S - 0.1)
    assert bench.phases == ["painting"]
    await bench.pass_time(0.1)

    assert bench.phases == ["painting", "late"]


async def test_what_is_over_is_not_said_any_more(bench: Bench) -> None:
    await bench.show("painting")
    await bench.show("late")
    await bench.pace.deliver(bench.job, [])
    await bench.pass_time()

    assert bench.phases == ["painting"]
    assert len(bench.channel.posted) == 1


async def test_what_the_row_no_longer_says_is_not_shown(bench: Bench) -> None:
    await bench.show("queued")

    assert bench.phases == []


async def test_what_is_kept_back_is_not_talked_about(bench: Bench) -> None:
    assert await bench.desk.store.shelf.withhold(bench.job.id)
    await bench.show("late")

    assert bench.phases == []


async def test_messages_that_other_processes_end_are_not_remembered_for_ever(
    bench: Bench,
) -> None:
    """Of several processes one shows progress and another delivers: a million jobs took 627 MB."""
    for number in range(MESSAGES_KEPT + 500):
        await bench.pace.update_progress(
            replace(bench.job, id=f"job-{number}"), Progress(phase="painting")
        )
    await bench.show("painting")
    await bench.pass_time(0.0)

    assert len(bench.pace._messages) <= MESSAGES_KEPT
    await bench.show("painting")
    assert bench.phases == ["painting"], "a message spoken of lately is remembered"


async def test_a_message_whose_edit_waits_is_not_forgotten(bench: Bench) -> None:
    await bench.show("painting")
    await bench.show("longer")
    for number in range(MESSAGES_KEPT + 500):
        await bench.pace.update_progress(
            replace(bench.job, id=f"job-{number}"), Progress(phase="painting")
        )
    await bench.pass_time()

    assert bench.phases == ["painting", "longer"]
    await bench.pace.close()
