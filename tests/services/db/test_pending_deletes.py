"""Deletes that are still pending, in both databases."""

from __future__ import annotations

from services.db import Store
from services.db.pending_deletes import FIRST_WAIT_S, LONGEST_WAIT_S
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request


async def test_refused_delete_waits_longer_each_time_and_is_counted(store: Store) -> None:
    waits: list[float] = []
    now = NOON
    for _ in range(9):
        await store.deletions.settle(["one"], left={"one": "Permission denied"}, now=now)
        wait = FIRST_WAIT_S
        while not await store.deletions.due(now=now + wait, most=9):
            wait *= 2
        waits.append(wait)
        now += wait

    assert waits == sorted(waits)
    assert waits[:3] == [60.0, 120.0, 240.0]
    assert waits[-1] <= 2 * LONGEST_WAIT_S
    assert await store.deletions.refused() == (1, "Permission denied")
    await store.deletions.settle(["one"], left={}, now=now)
    assert await store.deletions.refused() == (0, "")
    assert await store.deletions.due(now=now * 2, most=9) == []


async def test_erase_and_delete_record_pending_deletes_with_the_row(
    harness: StoreHarness,
) -> None:
    mine = (await harness.accept(a_request(user_id=1))).job.id
    other = (await harness.accept(a_request(user_id=2))).job.id
    await harness.store.personal.erase(1, now=harness.now)
    assert await harness.store.deletions.due(now=harness.now, most=9) == [mine]
    assert await harness.store.deletions.refused() == (0, ""), "nobody has tried yet"

    await harness.store.pictures.delete_all(other)
    assert set(await harness.store.deletions.due(now=harness.now, most=9)) == {mine, other}


async def test_round_robin_row_is_deleted_with_a_forgotten_users_last_job(
    harness: StoreHarness,
) -> None:
    for user in (1, 2):
        job = await harness.running(a_request(user_id=user))
        await harness.store.jobs.mark_ready(job.id, [], now=harness.now)
        await harness.store.jobs.mark_notified(job.id, posted=True, now=harness.now)
    await harness.store.personal.erase(1, now=harness.now)
    assert len((await harness.store.personal.read_rows(1))["turn"]) == 1
    assert await harness.store.personal.anonymize(today="2026-11-23") == 1

    assert (await harness.store.personal.read_rows(1))["turn"] == []
    assert len((await harness.store.personal.read_rows(2))["turn"]) == 1
    assert await harness.store.scrub()
