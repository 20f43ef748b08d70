"""Old and new version side by side: migrations that only add run at once, others wait."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from services.cli.check.local import check_database
from services.db import Store, restore
from services.db.backends import move
from services.db.check import examine
from services.db.check_result import Checkup
from services.db.connection import DbConnection
from services.db.migration_names import expands, needed, number, refused
from services.db.migrations import MIGRATIONS
from services.db.postgresql.pool import DatabaseThreads
from services.db.postgresql.schema_upgrade import STEPS, Schema
from services.db.sqlite_file import steps_taken
from services.errors import ConfigError, StoreUnavailable
from services.settings.loading import load
from services.settings.types import Secret
from tests.support.postgresql import Server
from tests.support.time import HandClock

Steps = Mapping[str, Sequence[str]]

EXPANDED: Steps = {**STEPS, "e998_pretend": ("ALTER TABLE note ADD COLUMN pretend TEXT",)}
CONTRACTED: Steps = {**EXPANDED, "m999_pretend": ("ALTER TABLE note DROP COLUMN pretend",)}
"""The next version, and the one after it."""


@pytest.fixture
def place(postgresql: Server) -> Secret:
    return postgresql.make("rolling")


@asynccontextmanager
async def running(place: Secret, steps: Steps = STEPS) -> AsyncGenerator[DatabaseThreads]:
    """A process of the version that knows these steps."""
    process = DatabaseThreads(place.reveal(), Schema(steps))
    try:
        await process.open()
        yield process
    finally:
        await process.close()


async def write(process: DatabaseThreads, name: str) -> None:
    def work(db: DbConnection) -> None:
        db.execute("INSERT INTO note (name, text) VALUES (?, 'kept')", [name])

    await process.transact(work, writes=True)


def taken(postgresql: Server) -> list[str]:
    rows = postgresql.ask("SELECT name FROM schema_step ORDER BY position", name="rolling")
    return [name for (name,) in rows]


async def test_expanding_step_runs_beside_older_processes(
    place: Secret, postgresql: Server
) -> None:
    async with running(place) as old, running(place, EXPANDED) as new:
        assert taken(postgresql) == list(EXPANDED)
        await write(old, "by the old")
        await write(new, "by the new")
        async with running(place) as another:  # a process of the old version starts again
            await write(another, "by another old one")

    assert len(postgresql.ask("SELECT 1 FROM note", name="rolling")) == 3


async def test_contracting_step_is_refused_while_older_processes_live(
    place: Secret, postgresql: Server
) -> None:
    async with running(place, EXPANDED) as expanded:
        async with running(place):
            with pytest.raises(ConfigError, match=r"2 older .* stop them.*m999_pretend"):
                async with running(place, CONTRACTED):
                    pass
        assert taken(postgresql) == list(EXPANDED)
        with pytest.raises(ConfigError, match="1 older"):
            async with running(place, CONTRACTED):
                pass
        await write(expanded, "undisturbed")
    async with running(place, CONTRACTED), running(place, CONTRACTED):
        assert taken(postgresql) == list(CONTRACTED)


async def test_refused_start_runs_no_step_at_all(place: Secret, postgresql: Server) -> None:
    async with running(place):
        with pytest.raises(ConfigError):
            async with running(place, CONTRACTED):
                pass
        assert taken(postgresql) == list(STEPS)


async def test_older_version_is_refused_after_a_contracting_step(place: Secret) -> None:
    async with running(place, CONTRACTED):
        for older in (STEPS, EXPANDED):
            with pytest.raises(ConfigError, match=r"newer version \(m999_pretend\)"):
                async with running(place, older):
                    pass


async def test_concurrent_starts_run_each_step_once(place: Secret, postgresql: Server) -> None:
    async with running(place, CONTRACTED):
        pass
    postgresql.make("rolling")
    processes = [DatabaseThreads(place.reveal(), Schema(CONTRACTED)) for _ in range(4)]
    try:
        await asyncio.gather(*(process.open() for process in processes))
        assert taken(postgresql) == list(CONTRACTED)
    finally:
        await asyncio.gather(*(process.close() for process in processes))


async def test_process_cut_off_during_a_contracting_step_stops_writing(
    place: Secret, postgresql: Server
) -> None:
    async with running(place) as old:
        await write(old, "before")
        back = asyncio.Event()
        hearing = asyncio.create_task(old.listen(back.set))
        # Its machine is cut off, the newer version sees no other process, then it is back.
        postgresql.ask("INSERT INTO schema_step (name) VALUES ('m999_pretend')", name="rolling")
        postgresql.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = 1380273230")
        async with asyncio.timeout(60):
            await back.wait()
        hearing.cancel()
        with pytest.raises(StoreUnavailable, match=r"newer version \(m999_pretend\)"):
            await write(old, "after")

    assert postgresql.ask("SELECT name FROM note", name="rolling") == [("before",)]


async def test_process_without_a_schema_number_counts_as_older(
    place: Secret, postgresql: Server
) -> None:
    import psycopg  # noqa: PLC0415  as elsewhere

    async with running(place):
        pass
    with psycopg.connect(place.reveal(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1380273230, 77)")
        with pytest.raises(ConfigError, match="1 older"):
            async with running(place, CONTRACTED):
                pass
    assert taken(postgresql) == list(STEPS)


async def test_check_reports_whether_older_processes_must_stop() -> None:
    settings = load({"DATABASE_URL": "postgresql://me@127.0.0.1/db"}, env_file=None)
    clock, says = HandClock(), dict[str, str]()
    for step in ("e998_pretend", "m999_pretend"):
        area = await check_database(settings, Checkup(pending=(step,)), clock=clock)
        says[step] = str(area.findings)

    assert "stopped" not in says["e998_pretend"]
    assert "stop older processes" in says["m999_pretend"]


async def test_sqlite_file_follows_the_same_version_rule(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p") as store:
        await store.notes.put("word", "kept")
    pretend(path, "e998_pretend")
    async with Store(path, provider="p", exclusive=True) as store:
        assert await store.notes.get("word") == "kept"
    assert (await examine(path, provider="p")).unknown == ()
    await restore.put_back(tmp_path / "again.db", path, now=0.0, stamp="x", moved=True)

    pretend(path, "m999_pretend")
    with pytest.raises(ConfigError, match=r"newer version \(m999_pretend\)"):
        await Store(path, provider="p", exclusive=True).__aenter__()
    assert (await examine(path, provider="p")).unknown == ("m999_pretend",)
    with pytest.raises(StoreUnavailable, match=r"newer version \(m999_pretend\)"):
        await restore.put_back(tmp_path / "third.db", path, now=0.0, stamp="x", moved=True)


async def test_move_into_newer_tables_is_refused(
    tmp_path: Path, place: Secret, postgresql: Server
) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p"), running(place, EXPANDED):
        pass
    with pytest.raises(StoreUnavailable, match=r"newer version.*e998_pretend"):
        await move(path, place)
    assert postgresql.ask("SELECT 1 FROM job", name="rolling") == []


def pretend(path: Path, step: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('repaint', ?, '2030-01-01')",
            [step],
        )
        assert step in steps_taken(Database(connection))


def test_step_name_tells_whether_it_expands() -> None:
    steps = ["m001_jobs", "e002_more", "m003_less"]

    assert [step for step in steps if expands(step)] == ["e002_more"]
    assert needed(steps) == ["m001_jobs", "m003_less"]
    assert refused(steps, ["m001_jobs"]) == ["m003_less"]
    assert refused(steps[:2], ["m001_jobs"]) == []


def test_step_numbers_grow() -> None:
    with closing(sqlite3.connect(":memory:")) as nothing_yet:
        names = [step.name for step in MIGRATIONS.pending(Database(nothing_yet))]
    numbers = [number(name) for name in names]

    assert numbers == sorted(set(numbers))
    assert {name[0] for name in names} <= {"e", "m"}
