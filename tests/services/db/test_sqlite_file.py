"""Opening the database file: locked, of a known version, backed up before changes, ours alone."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from sandbox.processes import ROOT
from services.common.file_lock import FileLock, Held
from services.db import Store, backup
from services.db.backups import KEPT
from services.db.migrations import MIGRATIONS
from services.db.sqlite_file import CACHE_KIB, make_lock, steps_taken
from services.errors import ConfigError, StoreUnavailable
from tests.support.database_copies import copy_new_databases, run_migrations
from tests.support.sqlite import thread_of

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")


@pytest.fixture(autouse=True)
def _steps_are_taken() -> Iterator[None]:
    with run_migrations():
        yield


def old(path: Path) -> Path:
    """Make a database as the first version left it, with a note in it."""
    with closing(sqlite3.connect(path)) as connection:
        second = MIGRATIONS.pending(Database(connection))[1].name
        MIGRATIONS.apply(Database(connection), stop_before=second)
        with connection:
            connection.execute("INSERT INTO note (name, text) VALUES ('word', 'kept')")
    return path


async def newer(path: Path) -> Path:
    """Make a database that a later version has opened."""
    await made(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('repaint', 'm999_future', '2030-01-01')"
        )
    return path


async def made(path: Path) -> Path:
    async with Store(path, provider="p") as store:
        await store.notes.put("word", "kept")
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.bak"))


# --- Alone


async def test_second_bot_on_a_database_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p", exclusive=True):
        with pytest.raises(ConfigError, match="in use by another running bot") as refusal:
            await Store(path, provider="p", exclusive=True).__aenter__()
    assert f"process {os.getpid()}" in str(refusal.value)


async def test_shared_open_works_beside_a_bot(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p", exclusive=True) as bots:
        await bots.notes.put("word", "bot's")
        async with Store(path, provider="p") as beside:
            assert await beside.notes.get("word") == "bot's"
            await beside.notes.put("word", "ours")
        await backup(path, tmp_path / "copy.db")
        assert await bots.notes.get("word") == "ours"


async def test_exclusive_lock_is_free_after_close(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    for _ in range(2):
        async with Store(path, provider="p", exclusive=True):
            pass


@pytest.mark.proof
async def test_killed_bot_leaves_no_lock(tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from services.db import Store\n"
        "async def main():\n"
        "    async with Store(pathlib.Path(sys.argv[1]), provider='p', exclusive=True):\n"
        "        print('open', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    path = tmp_path / "repaint.db"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(path)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    with pytest.raises(ConfigError, match=f"process {process.pid}"):
        await Store(path, provider="p", exclusive=True).__aenter__()
    process.kill()
    await process.wait()
    async with Store(path, provider="p", exclusive=True) as store:
        assert await store.notes.get("word") is None


def test_file_lock_is_held_by_one_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    first.acquire()
    first.acquire()
    with pytest.raises(Held, match=str(os.getpid())):
        second.acquire()
    first.release()
    first.release()
    second.acquire()
    second.release()


# --- Versions


@pytest.mark.parametrize("alone", [True, False])
async def test_an_older_database_is_copied_before_it_is_changed(
    tmp_path: Path, alone: bool
) -> None:
    path = old(tmp_path / "repaint.db")
    async with Store(path, provider="p", exclusive=alone) as store:
        assert await store.notes.get("word") == "kept"
    [copy] = copies(path)
    assert re.fullmatch(r"repaint\.db\.20\d{6}T\d{6}Z\.m001_jobs\.bak", copy.name)
    with closing(sqlite3.connect(copy)) as as_it_was:
        assert steps_taken(Database(as_it_was)) == ["m001_jobs"]
        assert as_it_was.execute("SELECT text FROM note").fetchall() == [("kept",)]


async def test_a_database_that_needs_no_change_is_not_copied(tmp_path: Path) -> None:
    path = await made(tmp_path / "repaint.db")
    await made(path)
    assert copies(path) == []


async def test_of_such_copies_the_last_few_are_kept(tmp_path: Path) -> None:
    path = old(tmp_path / "repaint.db")
    for year in range(2020, 2026):
        (tmp_path / f"repaint.db.{year}0101T000000Z.m000.bak").touch()
    await made(path)
    assert len(copies(path)) == KEPT
    assert [each.name[11:15] for each in copies(path)[:-1]] == ["2024", "2025"]


async def test_without_room_for_the_copy_nothing_is_changed(tmp_path: Path) -> None:
    path = old(tmp_path / "repaint.db")
    whole = path.read_bytes()
    os.truncate(path, len(whole) // 2)  # VACUUM finds pages missing
    with pytest.raises(StoreUnavailable):
        await Store(path, provider="p").__aenter__()
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as connection:
        assert steps_taken(Database(connection)) == ["m001_jobs"]
    assert copies(path) == []


async def test_an_older_database_is_left_to_the_bot_that_uses_it(tmp_path: Path) -> None:
    path = old(tmp_path / "repaint.db")
    running = make_lock(path)
    running.acquire()
    with pytest.raises(StoreUnavailable, match="running bot of an older version"):
        await Store(path, provider="p").__aenter__()
    running.release()
    assert copies(path) == []


async def test_a_copy_can_be_made_of_an_older_database_without_changing_it(tmp_path: Path) -> None:
    path = old(tmp_path / "repaint.db")
    before = path.read_bytes()
    await backup(path, tmp_path / "copy.db")
    assert path.read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert steps_taken(Database(connection)) == ["m001_jobs"]


async def test_a_newer_database_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = await newer(tmp_path / "repaint.db")
    before, at = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(ConfigError, match=r"newer version .*m999_future"):
        await Store(path, provider="p", exclusive=True).__aenter__()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, at)
    assert copies(path) == []


# --- What can not be used


async def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path, words = tmp_path / "repaint.db", b"hello, this is not a database at all" * 40
    path.write_bytes(words)
    with pytest.raises(StoreUnavailable, match=r"repaint\.db: "):
        await Store(path, provider="p").__aenter__()
    assert path.read_bytes() == words


async def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "repaint.db", tmp_path):
        with pytest.raises(StoreUnavailable, match=str(tmp_path)):
            await Store(path, provider="p").__aenter__()


async def test_a_database_that_breaks_while_it_is_used_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p") as store:
        for number in range(200):
            await store.notes.put(f"{number}", "x" * 500)
        await thread_of(store).run(thread_of(store).db.execute, "PRAGMA wal_checkpoint(TRUNCATE)")
        await thread_of(store).run(thread_of(store).db.execute, "PRAGMA cache_size=0")
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(path.stat().st_size - 4096))
        with pytest.raises(StoreUnavailable):
            await store.notes.get("7")


async def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    path = await made(tmp_path / "repaint.db")
    target = tmp_path / "precious"
    target.write_text("mine")
    with pytest.raises(StoreUnavailable, match="precious"):
        await backup(path, target)
    assert target.read_text() == "mine"


async def test_there_is_nothing_to_copy_before_the_first_start(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no database yet"):
        await backup(tmp_path / "repaint.db", tmp_path / "copy.db")
    assert names(tmp_path) == set()


# --- Nobody else's


@POSIX
async def test_nobody_else_can_read_the_database_or_a_copy_of_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = old(tmp_path / "older.db")
        path.chmod(0o600)
        async with Store(path, provider="p", exclusive=True) as store:
            await store.notes.put("word", "x")
            await backup(path, tmp_path / "copy.db")
        async with Store(tmp_path / "new.db", provider="p", exclusive=True) as store:
            await store.notes.put("word", "x")
            modes = {name: mode(tmp_path / name) for name in names(tmp_path)}
    finally:
        os.umask(before)
    assert {"new.db", "new.db-wal", "new.db-shm", "new.db.lock", "copy.db"} <= set(modes)
    assert any(name.endswith(".bak") for name in modes)
    assert set(modes.values()) == {0o600}


async def test_what_other_tests_open_is_what_the_steps_make(tmp_path: Path) -> None:
    async with Store(tmp_path / "taken.db", provider="p"):
        pass
    with copy_new_databases():
        async with Store(tmp_path / "copied.db", provider="p"):
            pass

    assert described(tmp_path / "copied.db") == described(tmp_path / "taken.db")


def described(path: Path) -> tuple[list[str], list[str], str]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name || sql FROM sqlite_master WHERE sql NOTNULL")
        steps = steps_taken(Database(connection))
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        return sorted(text for (text,) in tables), steps, journal


async def test_a_commit_is_on_the_disk_before_it_is_answered(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        thread = thread_of(store.jobs)
        mode = await thread.run(lambda: thread.db.execute("PRAGMA synchronous").fetchone())

    assert mode == (2,), "FULL: a commit may hold the id of a paid task"


async def test_more_pages_are_held_than_sqlite_holds_by_itself(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        thread = thread_of(store.jobs)
        size = await thread.run(lambda: thread.db.execute("PRAGMA cache_size").fetchone())

    assert size == (-CACHE_KIB,), "with 2 MB a Job costs a third more among a million"
