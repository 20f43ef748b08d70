"""A delete that the disk refuses is recorded, retried and reported."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.db import Store
from services.db.pending_deletes import FIRST_WAIT_S, LONGEST_WAIT_S
from services.history.access import JobAccess, Viewer
from services.history.privacy import PersonalData
from services.monitoring.notices import OperatorNotices
from services.storage import LocalStorage, delete_pictures, keep_deleting, retry_deletes
from services.storage.deletion import RETRY_EVERY_S
from services.storage.retention import sweep
from tests.services.db.conftest import StoreHarness
from tests.support.engine_harness import Channel
from tests.support.permissions import open_folder, unprivileged
from tests.support.requests import NOON
from tests.support.sqlite import thread_of
from tests.support.time import HandClock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


class DeletionHarness:
    """A folder of images whose disk can be made to refuse deletes."""

    def __init__(self, store: Store, pictures: Path) -> None:
        self.store, self.pictures = store, pictures
        self.storage = LocalStorage(pictures)
        self.harness, self.channel, self.clock = StoreHarness(store), Channel(), HandClock()
        self.notices = OperatorNotices(operators=self.channel, memory=store.notes)
        self.woken = 0

    async def job(self) -> str:
        """Accept a job that has an image."""
        job_id = (await self.harness.accept()).job.id
        folder = self.pictures / job_id
        folder.mkdir()
        (folder / "one.png").write_bytes(b"x")
        folder.chmod(0o555)
        return job_id

    def relent(self) -> None:
        """Make deleting on the disk work again."""
        for folder in self.pictures.iterdir():
            folder.chmod(0o777)

    def personal(self) -> PersonalData:
        def wake() -> None:
            self.woken += 1

        return PersonalData(
            store=self.store,
            storage=self.storage,
            zone=ZoneInfo("UTC"),
            clock=self.clock,
            wake=wake,
        )

    async def retry(self, now: float) -> None:
        await retry_deletes(self.store, self.storage, notices=self.notices, now=now)

    def left(self) -> set[str]:
        return {folder.name for folder in self.pictures.iterdir()}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[DeletionHarness]:
    with open_folder() as pictures:
        pictures.chmod(0o777)
        async with Store(tmp_path / "repaint.db", provider="provider") as store:
            place = DeletionHarness(store, pictures)
            await place.retry(0.0)  # import the libraries, which some users cannot read
            yield place
        place.relent()


async def test_delete_that_the_disk_refuses_is_not_reported_as_done(place: DeletionHarness) -> None:
    first, second = await place.job(), await place.job()
    (place.pictures / second).chmod(0o777)
    with unprivileged():
        assert await delete_pictures(place.store, place.storage, [first, second]) == 1

    assert place.left() == {first}
    assert await place.store.deletions.due(now=NOON, most=9) == [first]
    assert await place.store.deletions.refused() == (1, "Permission denied")


async def test_erase_reports_pending_deletes_and_alerts_operators_once(
    place: DeletionHarness,
) -> None:
    job_id = await place.job()
    with unprivileged():
        done = await place.personal().erase(1)
        for minute in range(5):
            await place.retry(NOON + minute * 60)
    assert (done.jobs, done.pending, place.woken) == (1, 1, 1)
    assert place.left() == {job_id}
    assert place.channel.alerts == ["deletes_refused"]
    assert place.channel.reasons == ["Permission denied"]

    place.relent()
    await place.retry(NOON + 10_000)
    await place.retry(NOON + 20_000)
    assert place.left() == set()
    assert place.channel.alerts == ["deletes_refused", "deletes_over"]
    assert await place.store.deletions.due(now=NOON * 2, most=9) == []


async def test_delete_button_and_retention_write_it_down_too(place: DeletionHarness) -> None:
    first = await place.job()
    second = await place.job()
    await place.store.jobs.mark_notified(second, posted=True, now=NOON)
    viewer = Viewer(user_id=1, guild_id=5, channel_id=50)
    with unprivileged():
        await JobAccess(store=place.store, storage=place.storage).delete(first, viewer)
        assert await sweep(place.store, place.storage, before=NOON * 2) == 0

    assert set(await place.store.deletions.due(now=NOON, most=9)) == {first, second}


async def test_waits_between_two_tries_grow_to_an_hour(place: DeletionHarness) -> None:
    job_id = await place.job()
    tries, now = [], NOON
    with unprivileged():
        await delete_pictures(place.store, place.storage, [job_id], now=now)
        while len(tries) < 9:
            now += FIRST_WAIT_S / 2
            if await place.store.deletions.due(now=now, most=9):
                tries.append(now)
                await place.retry(now)

    waits = [later - sooner for sooner, later in itertools.pairwise(tries)]
    assert waits[:5] == [120, 240, 480, 960, 1920]
    assert set(waits[5:]) <= {LONGEST_WAIT_S, 3840.0}


async def test_crash_between_the_row_and_the_disk_loses_no_delete(place: DeletionHarness) -> None:
    """Files that no row names any more are deleted at the next start."""
    job_id = await place.job()
    place.relent()
    await place.store.personal.erase(1, now=NOON)  # and here the process ends

    assert place.left() == {job_id}
    await place.retry(NOON)
    assert place.left() == set()
    assert place.channel.alerts == []


async def test_erase_deleted_at_once_records_no_pending_delete(place: DeletionHarness) -> None:
    await place.job()
    place.relent()
    done = await place.personal().erase(1)

    assert (done.jobs, done.pending) == (1, 0)
    assert await place.store.deletions.due(now=NOON * 2, most=9) == []


async def test_loop_goes_on_while_the_database_is_away(place: DeletionHarness) -> None:
    job_id = await place.job()
    place.relent()
    await place.store.personal.erase(1, now=NOON)
    thread = thread_of(place.store)
    await thread.run(thread.db.execute, "ALTER TABLE pending_delete RENAME TO away")
    asleep = place.clock.next_sleep()
    loop = asyncio.create_task(
        keep_deleting(place.store, place.storage, notices=place.notices, clock=place.clock)
    )
    await asleep
    assert place.left() == {job_id}
    await thread.run(thread.db.execute, "ALTER TABLE away RENAME TO pending_delete")
    asleep = place.clock.next_sleep()
    place.clock.move_to(place.clock.now() + RETRY_EVERY_S)
    await asleep
    loop.cancel()

    assert place.left() == set()
