"""Restoring a backup: refused files, the replaced database, and the backup's open jobs."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from services.db import Store
from services.db.restore import put_back
from services.db.sqlite_file import make_lock
from services.errors import StoreUnavailable
from services.models import State
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request

STAMP = "20261122T120000Z"


async def a_copy(folder: Path, *, running: bool = False) -> tuple[Path, str]:
    """Make a database with one open job and back it up; return the backup and the job's id."""
    async with Store(folder / "repaint.db", provider="provider") as store:
        harness = StoreHarness(store)
        job = await harness.running() if running else (await harness.accept()).job
    with (
        closing(sqlite3.connect(folder / "repaint.db")) as db,
        closing(sqlite3.connect(folder / "copy.db")) as copy,
    ):
        db.backup(copy)
    return folder / "copy.db", job.id


async def put(
    folder: Path, source: Path, *, moved: bool = False, now: float = NOON + 60
) -> Path | None:
    return await put_back(folder / "repaint.db", source, now=now, stamp=STAMP, moved=moved)


async def test_restore_puts_the_backup_and_keeps_the_old_database(tmp_path: Path) -> None:
    copy, job_id = await a_copy(tmp_path)
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        await StoreHarness(store, now=NOON + 50).accept()
    aside = await put(tmp_path, copy)

    assert aside == tmp_path / f"repaint.db-before-{STAMP}"
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        assert [job.id for job, _ in await store.jobs.waiting()] == []
        assert await store.jobs.get(job_id) is not None
    with closing(sqlite3.connect(aside)) as kept, kept:
        assert kept.execute("SELECT COUNT(*) FROM job").fetchone() == (2,)
    assert stat.S_IMODE((tmp_path / "repaint.db").stat().st_mode) == 0o600
    assert copy.exists()


async def test_restored_queued_job_counts_as_possibly_sent(tmp_path: Path) -> None:
    copy, job_id = await a_copy(tmp_path)
    await put(tmp_path, copy)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        job = await store.jobs.get(job_id)
        taken = await store.jobs.fetch_due(now=NOON + 61, lease_s=60, units=9, per_user=1)
    assert job is not None
    assert (job.state, job.sent_at) == (State.SUBMITTING, job.created_at)
    assert [each.id for each in taken.jobs] == [job_id]


async def test_moved_queued_job_stays_queued(tmp_path: Path) -> None:
    copy, job_id = await a_copy(tmp_path)
    await put(tmp_path, copy, moved=True)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        assert [job.id for job, _ in await store.jobs.waiting()] == [job_id]


async def test_restored_running_job_stays_running(tmp_path: Path) -> None:
    copy, job_id = await a_copy(tmp_path, running=True)
    await put(tmp_path, copy)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        job = await store.jobs.get(job_id)
    assert job is not None
    assert (job.state, job.task_id) == (State.RUNNING, f"task-{job_id}")


async def test_restored_running_job_without_a_slot_counts_as_perhaps_sent_again(
    tmp_path: Path,
) -> None:
    """Its next attempt may have been submitted after the backup was made."""
    copy, job_id = await a_copy(tmp_path, running=True)
    await put(tmp_path, copy)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        harness = StoreHarness(store)
        await store.jobs.requeue(await harness.job(job_id), now=NOON + 61, spent_id=True)
        job = await harness.job(job_id)
        assert (job.state, job.sent_at) == (State.SUBMITTING, job.created_at)
        assert (job.attempt, job.task_id, job.claimed_at) == (1, None, NOON + 61)
        taken = await store.jobs.fetch_due(now=NOON + 61, lease_s=60, units=9, per_user=1)
    assert [each.id for each in taken.jobs] == [job_id]


@pytest.mark.parametrize("off_s", [-86_400.0, 86_400.0])
async def test_restored_jobs_are_told_from_later_ones_whatever_the_clock_says(
    tmp_path: Path, off_s: float
) -> None:
    """The clock of the computer may be wrong while the backup is restored."""
    copy, job_id = await a_copy(tmp_path, running=True)
    await put(tmp_path, copy, now=NOON + off_s)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        harness = StoreHarness(store, now=NOON + 120)
        await store.jobs.requeue(await harness.job(job_id), now=NOON + 61, spent_id=True)
        assert (await harness.job(job_id)).state is State.SUBMITTING
        later = await harness.running(a_request(user_id=2))
        await store.jobs.requeue(later, now=NOON + 130, spent_id=True)
        assert (await harness.job(later.id)).state is State.QUEUED


async def test_moved_running_job_without_a_slot_is_queued_again(tmp_path: Path) -> None:
    copy, job_id = await a_copy(tmp_path, running=True)
    await put(tmp_path, copy, moved=True)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        harness = StoreHarness(store)
        await store.jobs.requeue(await harness.job(job_id), now=NOON + 61, spent_id=True)
        job = await harness.job(job_id)
    assert (job.state, job.attempt, job.sent_at) == (State.QUEUED, 1, None)


async def test_restore_without_a_database_puts_the_backup(tmp_path: Path) -> None:
    copy, _ = await a_copy(tmp_path)
    (tmp_path / "new").mkdir()

    assert await put(tmp_path / "new", copy) is None
    assert (tmp_path / "new" / "repaint.db").exists()


async def test_restore_over_a_database_in_use_is_refused(tmp_path: Path) -> None:
    copy, _ = await a_copy(tmp_path)
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        await StoreHarness(store, now=NOON + 50).accept()
        with pytest.raises(StoreUnavailable, match="stop the bot first"):
            await put(tmp_path, copy)
        await StoreHarness(store, now=NOON + 70).accept()  # it works as before

    assert not list(tmp_path.glob("*-before-*"))  # noqa: ASYNC240
    assert not (tmp_path / "repaint.db-restoring").exists()


async def test_restore_over_a_damaged_database_puts_the_backup(tmp_path: Path) -> None:
    copy, job_id = await a_copy(tmp_path)
    for name in ("repaint.db", "repaint.db-wal"):
        (tmp_path / name).write_bytes(b"no database at all" * 100)
    await put(tmp_path, copy)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        assert await store.jobs.get(job_id) is not None


def no_file(copy: Path) -> None:
    copy.unlink()


def no_database(copy: Path) -> None:
    copy.write_bytes(b"something else entirely" * 50)


def anothers_database(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("CREATE TABLE recipe (name TEXT)")


def damaged(copy: Path) -> None:
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])


def newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as db, db:
        (columns,) = db.execute(
            "SELECT COUNT(*) FROM pragma_table_info('_sqlite_migrations')"
        ).fetchone()
        assert columns
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('repaint', 'm999_from_the_future', 'now')"
        )


@pytest.mark.parametrize("spoil", [no_file, no_database, anothers_database, damaged, newer])
async def test_restore_of_an_unusable_backup_changes_nothing(tmp_path: Path, spoil: object) -> None:
    copy, job_id = await a_copy(tmp_path)
    assert callable(spoil)
    spoil(copy)
    with pytest.raises(StoreUnavailable):
        await put(tmp_path, copy)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        job = await store.jobs.get(job_id)
    assert job is not None
    assert job.state is State.QUEUED
    assert not (tmp_path / "repaint.db-restoring").exists()


async def test_restore_while_a_bot_holds_the_lock_is_refused(tmp_path: Path) -> None:
    """Its lock shows that it runs, whether or not the file is open at that instant."""
    copy, job_id = await a_copy(tmp_path)
    lock = make_lock(tmp_path / "repaint.db")
    lock.acquire()
    try:
        with pytest.raises(StoreUnavailable, match="in use by a running bot"):
            await put(tmp_path, copy)
        assert not list(tmp_path.glob("*-before-*"))  # noqa: ASYNC240
        assert not (tmp_path / "repaint.db-restoring").exists()
    finally:
        lock.release()

    await put(tmp_path, copy)
    async with Store(tmp_path / "repaint.db", provider="provider", exclusive=True) as store:
        assert await store.jobs.get(job_id) is not None
