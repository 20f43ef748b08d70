"""A user's own jobs: pages, cancelling without a race, one mention, posts in other channels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.db import Store
from services.db.privacy import KEPT
from services.models import Outcome, Result, State
from tests.services.db.conftest import DAY, StoreHarness
from tests.support.requests import NOON, a_request

GONE = Outcome(key="cancelled")


@pytest.fixture
def harness(store: Store) -> StoreHarness:
    return StoreHarness(store)


async def ids(harness: StoreHarness, number: int = 0, guild_id: int | None = None) -> list[str]:
    page = await harness.store.member_jobs.page(1, guild_id=guild_id, number=number, limit=2)
    return [entry.job.id for entry in page.entries]


async def test_page_lists_a_users_jobs_newest_first(harness: StoreHarness) -> None:
    jobs = [(await harness.accept()).job.id for _ in range(5)]
    await harness.accept(a_request(user_id=2))

    assert [await ids(harness, number) for number in range(3)] == [
        [jobs[4], jobs[3]],
        [jobs[2], jobs[1]],
        [jobs[0]],
    ]
    assert (await harness.store.member_jobs.page(1, guild_id=None, number=9, limit=2)).number == 2
    assert (await harness.store.member_jobs.page(3, guild_id=None, number=0, limit=2)).pages == 1


async def test_page_of_a_guild_has_no_job_of_another_guild(harness: StoreHarness) -> None:
    here = (await harness.accept(a_request(guild_id=7))).job.id
    await harness.accept(a_request(guild_id=8))

    assert await ids(harness, guild_id=7) == [here]


async def test_cancel_of_a_queued_job_refunds_once(harness: StoreHarness) -> None:
    job = (await harness.accept(a_request(count=3))).job

    assert await harness.store.member_jobs.cancel(job.id, outcome=GONE, now=harness.now)
    assert not await harness.store.member_jobs.cancel(job.id, outcome=GONE, now=harness.now)
    assert await harness.used() == 0
    assert (await harness.job(job.id)).state is State.CANCELLED


async def test_cancel_of_a_claimed_job_prevents_its_submission(
    harness: StoreHarness,
) -> None:
    job = (await harness.accept()).job
    await harness.take()

    assert await harness.store.member_jobs.cancel(job.id, outcome=GONE, now=harness.now)
    assert not await harness.store.jobs.mark_sent(job.id, now=harness.now)


async def test_cancel_of_a_sent_job_is_refused(harness: StoreHarness) -> None:
    job = (await harness.accept()).job
    await harness.take()
    await harness.store.jobs.mark_sent(job.id, now=harness.now)

    assert not await harness.store.member_jobs.cancel(job.id, outcome=GONE, now=harness.now)
    assert await harness.used() == 1


async def test_take_ping_succeeds_once(harness: StoreHarness) -> None:
    job = (await harness.accept()).job

    assert await harness.store.member_jobs.take_ping(job.id, now=1.0)
    assert await harness.store.member_jobs.take_ping(job.id, now=2.0) is None


async def test_note_posting_costs_no_units(harness: StoreHarness) -> None:
    job = await ready(harness)
    await harness.store.jobs.mark_notified(job, posted=False, now=harness.now)
    used = await harness.used()

    for _ in range(2):
        await harness.store.member_jobs.note_posting(job, message_id=5, channel_id=6, guild_id=7)

    assert (await harness.job(job)).state is State.DELIVERED
    assert await harness.used() == used == 1
    assert await harness.store.member_jobs.is_posted_in(job, 7)
    assert not await harness.store.member_jobs.is_posted_in(job, 8)


async def test_erase_empties_rows_and_leaves_statistics(harness: StoreHarness) -> None:
    kept = await ready(harness)
    await harness.store.jobs.mark_notified(kept, posted=True, now=harness.now)
    running = await harness.running(a_request(prompt="a secret"))
    waiting = (await harness.accept(a_request(count=2))).job
    figures = harness.store.statistics

    before = await figures.gather(guild_id=5, windows=[DAY])
    emptied = await harness.store.personal.erase(1, now=harness.now)

    assert set(emptied) == {kept, running.id, waiting.id}
    assert await harness.used() == 2, "today's limit holds"
    after = await figures.gather(guild_id=5, windows=[DAY])
    assert (after.units, after.jobs, after.members) == (before.units, before.jobs, ((1, 2),))
    for job_id in emptied:
        job = await harness.job(job_id)
        assert (job.request.prompt, job.place.token, job.request.source.url) == ("", "", "")
        assert await harness.store.jobs.results(job_id) == []
    assert (await harness.store.member_jobs.page(1, guild_id=None, number=0, limit=2)).entries == ()
    assert await harness.store.personal.jobs(1, after="") == []


async def test_erase_leaves_only_the_documented_tables(
    harness: StoreHarness,
) -> None:
    await harness.take()
    await harness.accept()
    await harness.take()
    of_member = await harness.store.personal.read_rows(1)
    assert of_member["turn"]
    assert KEPT - {"job"} <= set(of_member)

    await harness.store.personal.erase(1, now=harness.now)

    left = await harness.store.personal.read_rows(1)
    assert {table for table, rows in left.items() if rows} <= KEPT


async def test_anonymize_the_day_after_removes_the_user(harness: StoreHarness) -> None:
    job = await ready(harness)
    await harness.store.jobs.mark_notified(job, posted=True, now=harness.now)
    await harness.store.personal.erase(1, now=harness.now)

    assert await harness.store.personal.anonymize(today=DAY.day) == 0
    assert await harness.store.personal.anonymize(today="2026-11-23") == 1

    after = await harness.store.statistics.gather(guild_id=5, windows=[DAY])
    assert (after.units, after.members) == (1, ())
    assert (await harness.job(job)).request.user_id == 0


async def ready(harness: StoreHarness) -> str:
    job = await harness.running()
    picture = Result(position=0, path=Path("a.png"), url="u", width=1, height=1, size=1)
    await harness.store.jobs.mark_ready(job.id, [picture], now=NOON + 30)
    return job.id


@pytest.mark.parametrize(("by", "everywhere", "there"), [(5, True, False), (7, False, True)])
async def test_hide_by_its_own_server_holds_everywhere_and_by_another_one_there(
    harness: StoreHarness, by: int, *, everywhere: bool, there: bool
) -> None:
    job, other = (await harness.accept()).job, (await harness.accept()).job
    for one in (job, other):
        for guild_id in (7, 8):
            await harness.store.member_jobs.note_posting(
                one.id, message_id=90 + guild_id, channel_id=6, guild_id=guild_id
            )

    await harness.store.member_jobs.hide(job.id, by)

    options = (await harness.job(job.id)).request.options
    assert options.spoiler is everywhere
    assert replace(options, spoiler=False) == job.request.options, "nothing else has changed"
    assert await harness.store.member_jobs.is_hidden_in(job.id, 7) is there
    assert not await harness.store.member_jobs.is_hidden_in(job.id, 8)
    assert not await harness.store.member_jobs.is_hidden_in(other.id, by)
    assert await harness.job(other.id) == other


async def test_hide_of_a_forgotten_job_changes_nothing(harness: StoreHarness) -> None:
    job = (await harness.accept()).job
    await harness.store.personal.erase(1, now=harness.now)
    before = await harness.job(job.id)

    await harness.store.member_jobs.hide(job.id, 5)

    assert await harness.job(job.id) == before
