"""Conditions that only PostgreSQL has: several processes, sessions that end, differing clocks."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest

import services.db
from services.db import Store
from services.db.connection import DbConnection
from services.db.postgresql.dialect import SPELLINGS, translated
from services.db.postgresql.schema_upgrade import STEPS
from services.db.shard_assignment import Heartbeat
from services.errors import ConfigError, QuotaExceeded, StoreUnavailable
from services.models import Limits, State
from services.settings.types import Secret
from tests.services.db.conftest import DAY, StoreHarness
from tests.services.db.test_upgrades import STEPS as STEPS_OF_SQLITE
from tests.support.postgresql import Server
from tests.support.requests import NOON, a_request

EMPTIED = "emptied_for_each_test"


@pytest.fixture
def place(postgresql_place: Secret) -> Secret:
    return postgresql_place


@pytest.fixture
async def others(place: Secret) -> list[Store]:
    """Return two more stores, which look like other processes to the database."""
    return [Store(place, provider="provider") for _ in range(2)]


def test_translated_changes_placeholders_and_leaves_texts() -> None:
    sql = "SELECT '100% ? :x' FROM job WHERE job.id = ? AND job.rowid = :row AND x LIKE '%'"

    assert translated(sql) == (
        "SELECT '100%% ? :x' FROM job WHERE job.id = %s AND job.number = %(row)s AND x LIKE '%%'"
    )


def test_spellings_are_all_used_and_cover_sqlite_only_sql() -> None:
    folder = Path(services.db.__file__).parent
    apart = {"backups.py", "restore.py"}
    text = "".join(one.read_text() for one in folder.glob("*.py") if one.name not in apart)
    joined = re.sub(r'"\s*f?"', "", text)

    for spelling in SPELLINGS:
        assert spelling in joined
        joined = joined.replace(spelling, "")
    assert not re.findall(r"json_\w+\(j|json_each|rowid|OR IGNORE|OR REPLACE|GLOB|IFNULL", joined)


def test_postgresql_steps_are_the_newest_sqlite_steps() -> None:
    assert list(STEPS) == STEPS_OF_SQLITE[-len(STEPS) :]


async def test_daily_limit_holds_over_several_processes(
    store: Store, others: list[Store], place: Secret
) -> None:
    async with others[0], others[1]:
        desks = [StoreHarness(one, limits=Limits(user_daily=10)) for one in (store, *others)]
        asked = [harness.accept() for harness in desks for _ in range(8)]
        answers = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(not isinstance(answer, BaseException) for answer in answers) == 10
    assert {type(one) for one in answers if isinstance(one, BaseException)} == {QuotaExceeded}


async def test_provider_units_hold_over_several_processes(
    harness: StoreHarness, others: list[Store]
) -> None:
    for user in range(12):
        await harness.accept(a_request(user_id=user, count=2))
    async with others[0], others[1]:
        desks = [harness, *(StoreHarness(one, now=harness.now) for one in others)]
        taken = await asyncio.gather(*(one.take(units=9) for one in desks for _ in range(4)))

    ids = [job.id for jobs in taken for job in jobs]
    assert len(ids) == len(set(ids)) == 4


async def test_who_stood_still_beyond_its_lease_changes_nothing(
    harness: StoreHarness, store: Store, others: list[Store]
) -> None:
    job_id = (await harness.accept()).job.id
    assert [job.id for job in await harness.take()] == [job_id]
    async with others[0] as other:
        later = StoreHarness(other, now=harness.now + 61)
        assert [job.id for job in await later.take()] == [job_id]

        assert not await store.jobs.mark_sent(job_id, now=harness.now)
        await store.jobs.requeue(await harness.job(job_id), now=harness.now)
        await store.jobs.reschedule(job_id, next_at=0.0, tries=9)
        assert (await harness.job(job_id)).state is State.SUBMITTING
        assert (await harness.job(job_id)).tries == 0
        assert await other.jobs.mark_sent(job_id, now=later.now)


async def test_start_releases_only_leases_of_dead_processes(
    harness: StoreHarness, store: Store, others: list[Store]
) -> None:
    dead, alive = others
    lost = (await harness.accept(a_request(user_id=1))).job.id
    held = (await harness.accept(a_request(user_id=2))).job.id
    async with alive:
        async with dead:
            assert [job.id for job in await StoreHarness(dead, now=harness.now).take(units=1)] == [
                lost
            ]
        assert [job.id for job in await StoreHarness(alive, now=harness.now).take(units=2)] == [
            held
        ]

        await store.jobs.release_expired()

        assert [job.id for job in await harness.take()] == [lost]


async def test_a_start_leaves_what_a_fleet_holds_whose_sessions_were_cut(
    harness: StoreHarness, others: list[Store]
) -> None:
    """After a restart of the database no process has a session for a second."""
    async with others[0] as member:
        job_id = (await harness.accept()).job.id
        report = Heartbeat(process="one", lease_s=15.0)
        await member.fleet.report(report)
        assert [job.id for job in await StoreHarness(member, now=harness.now).take()] == [job_id]
    async with others[1] as starting:
        await starting.jobs.release_expired()
        assert await StoreHarness(starting, now=harness.now).take() == []

        await harness.store.fleet.leave("one")
        assert [job.id for job in await StoreHarness(starting, now=harness.now).take()] == [job_id]


async def test_accepts_waiting_for_a_lock_block_no_other_call(
    harness: StoreHarness, store: Store, place: Secret
) -> None:
    import psycopg  # noqa: PLC0415  as elsewhere

    with psycopg.connect(place.reveal(), autocommit=True) as another:
        another.execute("SELECT pg_advisory_lock(1380273231, 1)")  # a slow process
        waiting = [asyncio.create_task(harness.accept(a_request(user_id=one))) for one in range(12)]
        async with asyncio.timeout(20):
            for _ in range(5):
                assert await store.notes.get("nothing") is None
        assert not any(task.done() for task in waiting)
        another.execute("SELECT pg_advisory_unlock(1380273231, 1)")
        accepted = await asyncio.gather(*waiting)

    assert len({one.job.id for one in accepted}) == 12


async def test_terminated_sessions_are_reopened(store: Store, postgresql: Server) -> None:
    await store.notes.put("a", "before")
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    postgresql.ask(ended, EMPTIED)

    await store.notes.put("a", "after")
    assert await store.notes.get("a") == "after"


async def test_store_recovers_after_a_database_restart(store: Store, postgresql: Server) -> None:
    await store.notes.put("a", "kept")
    await asyncio.to_thread(postgresql.stop)
    with pytest.raises(StoreUnavailable):
        await store.notes.put("a", "lost")
    await asyncio.to_thread(postgresql.start)

    assert await store.notes.get("a") == "kept"


async def test_session_ended_within_a_transaction_repeats_it_once(
    store: Store, postgresql: Server
) -> None:
    begun: list[int] = []

    def work(db: DbConnection) -> None:
        db.execute("INSERT INTO note (name, text) VALUES (?, ?)", [f"n{len(begun)}", "text"])
        begun.append(db.execute("SELECT pg_backend_pid()").fetchone()[0])
        if len(begun) == 1:
            postgresql.ask("SELECT pg_terminate_backend(%s)", begun[0])

    await store._thread.transact(work, writes=True)

    assert len(set(begun)) == 2
    assert postgresql.ask("SELECT name FROM note", name=EMPTIED) == [("n1",)]


async def test_transaction_ended_as_idle_is_repeated(store: Store) -> None:
    """The server ends it, so that others do not wait for a process that was cut off or stopped."""
    begun: list[int] = []

    def work(db: DbConnection) -> None:
        begun.append(len(begun))
        db.execute("INSERT INTO note (name, text) VALUES ('n', ?)", [str(len(begun))])
        if len(begun) == 1:
            db.execute("SET LOCAL idle_in_transaction_session_timeout = 20")
            time.sleep(0.2)
            db.lock("admission")

    await store._thread.transact(work, writes=True)

    assert await store.notes.get("n") == "2"


async def test_mark_acknowledged_wakes_other_processes(
    harness: StoreHarness, others: list[Store]
) -> None:
    woken = asyncio.Event()
    async with others[0] as other:
        hearing = asyncio.create_task(other.listen(woken.set))
        await asyncio.sleep(0)
        job_id = (await harness.accept()).job.id
        await harness.store.jobs.mark_acknowledged(job_id, None)
        async with asyncio.timeout(60):
            await woken.wait()
        hearing.cancel()


async def test_accept_removes_nul_from_texts(harness: StoreHarness) -> None:
    job = (await harness.accept(a_request(prompt="a\0b"))).job

    assert (await harness.job(job.id)).request.prompt == "ab"


async def test_store_of_a_newer_version_is_refused(
    place: Secret, postgresql: Server, store: Store
) -> None:
    postgresql.ask("INSERT INTO schema_step (name) VALUES ('m999_later')", name=EMPTIED)
    try:
        with pytest.raises(ConfigError, match=r"newer version .*m999_later"):
            await Store(place, provider="p").__aenter__()
    finally:
        postgresql.ask("DELETE FROM schema_step WHERE name = 'm999_later'", name=EMPTIED)


def test_invalid_address_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ConfigError) as refused:
        Store(Secret("postgresql://me:hunter2@host/db?nonsense=1"), provider="p")

    assert "hunter2" not in str(refused.value)


async def test_store_time_is_the_databases(store: Store) -> None:
    time = await store.time()

    assert time is not None
    assert time > 1_700_000_000


async def test_usage_counts_the_day(harness: StoreHarness) -> None:
    await harness.accept(a_request(count=3))

    usage = await harness.store.admission.usage(user_id=1, guild_id=5, day=DAY.day)
    assert (usage.user, usage.guild, usage.bot) == (3, 3, 3)
    assert harness.now > NOON
