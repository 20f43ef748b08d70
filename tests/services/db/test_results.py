"""A user's own jobs: pages, cancelling without a race, one mention, posts in other channels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.db import Store
from services.db.privacy import KEPT
from services.models import Outcome, Result, State
from tests.services.db.conftest import DAY, Desk
from tests.support.requests import NOON, a_request

GONE = Outcome(key="cancelled")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


async def ids(desk: Desk, number: int = 0, guild_id: int | None = None) -> list[str]:
    page = await desk.store.shelf.page(1, guild_id=guild_id, number=number, limit=2)
    return [entry.job.id for entry in page.entries]


async def test_pages_go_from_the_newest_to_the_oldest(desk: Desk) -> None:
    jobs = [(await desk.accept()).job.id for _ in range(5)]
    await desk.accept(a_request(user_id=2))

    assert [await ids(desk, number) for number in range(3)] == [
        [jobs[4], jobs[3]],
        [jobs[2], jobs[1]],
        [jobs[0]],
    ]
    assert (await desk.store.shelf.page(1, guild_id=None, number=9, limit=2)).number == 2
    assert (await desk.store.shelf.page(3, guild_id=None, number=0, limit=2)).pages == 1


async def test_a_page_of_one_server_has_nothing_of_another(desk: Desk) -> None:
    here = (await desk.accept(a_request(guild_id=7))).job.id
    await desk.accept(a_request(guild_id=8))

    assert await ids(desk, guild_id=7) == [here]


async def test_what_waits_is_cancelled_once_and_its_units_are_free(desk: Desk) -> None:
    job = (await desk.accept(a_request(count=3))).job

    assert await desk.store.shelf.cancel(job.id, outcome=GONE, now=desk.now)
    assert not await desk.store.shelf.cancel(job.id, outcome=GONE, now=desk.now)
    assert await desk.used() == 0
    assert (await desk.job(job.id)).state is State.CANCELLED


async def test_what_was_claimed_and_not_sent_is_cancelled_and_never_sent(desk: Desk) -> None:
    job = (await desk.accept()).job
    await desk.take()

    assert await desk.store.shelf.cancel(job.id, outcome=GONE, now=desk.now)
    assert not await desk.store.jobs.mark_sent(job.id, now=desk.now)


async def test_what_may_be_at_the_provider_is_not_cancelled(desk: Desk) -> None:
    job = (await desk.accept()).job
    await desk.take()
    await desk.store.jobs.mark_sent(job.id, now=desk.now)

    assert not await desk.store.shelf.cancel(job.id, outcome=GONE, now=desk.now)
    assert await desk.used() == 1


async def test_a_ping_is_taken_once(desk: Desk) -> None:
    job = (await desk.accept()).job

    assert await desk.store.shelf.take_ping(job.id, now=1.0)
    assert await desk.store.shelf.take_ping(job.id, now=2.0) is None


async def test_a_posting_elsewhere_is_noted_and_costs_nothing(desk: Desk) -> None:
    job = await ready(desk)
    await desk.store.jobs.mark_notified(job, posted=False, now=desk.now)
    used = await desk.used()

    for _ in range(2):
        await desk.store.shelf.note_posting(job, message_id=5, channel_id=6, guild_id=7)

    assert (await desk.job(job)).state is State.DELIVERED
    assert await desk.used() == used == 1
    assert await desk.store.shelf.is_posted_in(job, 7)
    assert not await desk.store.shelf.is_posted_in(job, 8)


async def test_forgetting_empties_the_rows_and_leaves_the_books(desk: Desk) -> None:
    kept = await ready(desk)
    await desk.store.jobs.mark_notified(kept, posted=True, now=desk.now)
    running = await desk.running(a_request(prompt="a secret"))
    waiting = (await desk.accept(a_request(count=2))).job
    figures = desk.store.statistics

    before = await figures.gather(guild_id=5, windows=[DAY])
    emptied = await desk.store.personal.erase(1, now=desk.now)

    assert set(emptied) == {kept, running.id, waiting.id}
    assert await desk.used() == 2, "today's limit holds"
    after = await figures.gather(guild_id=5, windows=[DAY])
    assert (after.units, after.jobs, after.members) == (before.units, before.jobs, ((1, 2),))
    for job_id in emptied:
        job = await desk.job(job_id)
        assert (job.request.prompt, job.place.token, job.request.source.url) == ("", "", "")
        assert await desk.store.jobs.results(job_id) == []
    assert (await desk.store.shelf.page(1, guild_id=None, number=0, limit=2)).entries == ()
    assert await desk.store.personal.jobs(1, after="") == []


async def test_all_that_names_a_member_is_kept_for_a_reason_or_cleared(desk: Desk) -> None:
    await desk.take()
    await desk.accept()
    await desk.take()
    of_member = await desk.store.personal.read_rows(1)
    assert of_member["turn"]
    assert KEPT - {"job"} <= set(of_member)

    await desk.store.personal.erase(1, now=desk.now)

    left = await desk.store.personal.read_rows(1)
    assert {table for table, rows in left.items() if rows} <= KEPT


async def test_the_day_after_nobody_is_left_in_the_books(desk: Desk) -> None:
    job = await ready(desk)
    await desk.store.jobs.mark_notified(job, posted=True, now=desk.now)
    await desk.store.personal.erase(1, now=desk.now)

    assert await desk.store.personal.anonymize(today=DAY.day) == 0
    assert await desk.store.personal.anonymize(today="2026-11-23") == 1

    after = await desk.store.statistics.gather(guild_id=5, windows=[DAY])
    assert (after.units, after.members) == (1, ())
    assert (await desk.job(job)).request.user_id == 0


async def ready(desk: Desk) -> str:
    job = await desk.running()
    picture = Result(position=0, path=Path("a.png"), url="u", width=1, height=1, size=1)
    await desk.store.jobs.mark_ready(job.id, [picture], now=NOON + 30)
    return job.id


@pytest.mark.parametrize(("by", "everywhere", "there"), [(5, True, False), (7, False, True)])
async def test_hide_by_its_own_server_holds_everywhere_and_by_another_one_there(
    desk: Desk, by: int, *, everywhere: bool, there: bool
) -> None:
    job, other = (await desk.accept()).job, (await desk.accept()).job
    for one in (job, other):
        for guild_id in (7, 8):
            await desk.store.shelf.note_posting(
                one.id, message_id=90 + guild_id, channel_id=6, guild_id=guild_id
            )

    await desk.store.shelf.hide(job.id, by)

    options = (await desk.job(job.id)).request.options
    assert options.spoiler is everywhere
    assert replace(options, spoiler=False) == job.request.options, "nothing else has changed"
    assert await desk.store.shelf.is_hidden_in(job.id, 7) is there
    assert not await desk.store.shelf.is_hidden_in(job.id, 8)
    assert not await desk.store.shelf.is_hidden_in(other.id, by)
    assert await desk.job(other.id) == other


async def test_hide_of_a_forgotten_job_changes_nothing(desk: Desk) -> None:
    job = (await desk.accept()).job
    await desk.store.personal.erase(1, now=desk.now)
    before = await desk.job(job.id)

    await desk.store.shelf.hide(job.id, 5)

    assert await desk.job(job.id) == before
