"""A database without write permission: found by a real write; the message has owner and remedy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from services.db import Store
from services.db.check import examine
from services.db.write_probe import try_to_write
from services.errors import ConfigError, StoreUnavailable
from tests.support.permissions import open_folder, unprivileged
from tests.support.sqlite import thread_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


@pytest.fixture
async def path() -> AsyncIterator[Path]:
    """Return a used and closed database; the libraries, unreadable for some users, are imported."""
    with open_folder() as folder:
        path = folder / "repaint.db"
        async with Store(path, provider="p", exclusive=True):
            pass
        assert (await examine(path, provider="p")).trouble is None
        yield path


def close_file(path: Path) -> Path:
    path.chmod(0o444)
    return path


def close_folder(path: Path) -> Path:
    path.chmod(0o666)
    path.parent.chmod(0o555)
    return path.parent


def leave_log(path: Path) -> Path:
    """Create a write-ahead log that belongs to another user's program."""
    path.chmod(0o666)
    path.parent.chmod(0o777)
    log = path.with_name(f"{path.name}-wal")
    log.write_bytes(b"")
    log.chmod(0o444)
    return log


CLOSED = [close_file, close_folder, leave_log]


@pytest.mark.parametrize("close", CLOSED)
async def test_check_finds_what_can_not_be_written_and_names_owner_and_remedy(
    path: Path, close: Callable[[Path], Path]
) -> None:
    culprit = close(path)
    with unprivileged() as me:
        found = await examine(path, provider="p")

    assert found.trouble is not None
    assert "cannot be written: it belongs to" in found.trouble
    assert f"and the bot runs as {me}" in found.trouble
    assert found.remedy in (f"chown {me} {culprit}", f"chmod u+w {culprit}")
    assert str(culprit) in found.trouble or culprit == path


@pytest.mark.parametrize("close", CLOSED)
async def test_bot_does_not_start_and_says_so_in_one_sentence(
    path: Path, close: Callable[[Path], Path]
) -> None:
    culprit = close(path)
    with unprivileged(), pytest.raises(ConfigError) as refusal:
        async with Store(path, provider="p", exclusive=True):
            pass

    [problem] = refusal.value.problems
    assert problem.startswith(f"DATABASE_PATH: {path}: ")
    assert "cannot be written: it belongs to" in problem
    assert str(culprit) in problem


async def test_bot_that_can_not_make_its_database_says_whose_the_folder_is(path: Path) -> None:
    with unprivileged() as me, pytest.raises(ConfigError, match=f"the bot runs as {me}"):
        async with Store(path.parent / "new" / "repaint.db", provider="p", exclusive=True):
            pass


async def test_read_without_write_permission_still_works(path: Path) -> None:
    close_file(path)
    path.parent.chmod(0o777)
    with unprivileged():
        async with Store(path, provider="p") as store:
            assert await store.notes.get("word") is None
            with pytest.raises(StoreUnavailable, match="readonly"):
                await store.notes.put("word", "x")


def test_try_changes_nothing_and_leaves_no_transaction(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "any.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 7")
        try_to_write(connection)
        assert connection.execute("PRAGMA user_version").fetchone() == (7,)
        connection.execute("PRAGMA query_only = 1")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            try_to_write(connection)
        assert not connection.in_transaction


async def test_check_finds_a_read_only_copy_that_has_no_log(path: Path) -> None:
    """SQLite starts an immediate transaction on such a file without an error."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    close_file(path)
    with unprivileged() as me:
        found = await examine(path, provider="p")

    assert found.trouble is not None
    assert f"the bot runs as {me}" in found.trouble


async def test_secure_delete_is_on(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        thread = thread_of(store)
        found = await thread.run(lambda: thread.db.execute("PRAGMA secure_delete").fetchone())

    assert found == (1,)
