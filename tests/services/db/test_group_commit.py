"""Calls that wait for the database at the same time share a commit, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from services.db import Store
from services.db.sqlite_thread import TOGETHER, _Call
from services.errors import StoreUnavailable
from tests.support.sqlite import thread_of


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """SQLite alone: these are its own."""
    return tmp_path / "repaint.db"


@pytest.fixture
async def commits(store: Store) -> list[str]:
    """Return every COMMIT that SQLite is given."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if statement == "COMMIT":
            seen.append(statement)

    thread = thread_of(store)
    await thread.run(lambda: thread.db.conn.set_trace_callback(note))
    return seen


@asynccontextmanager
async def busy(store: Store) -> AsyncGenerator[None]:
    """Block the thread while the block queues its calls."""
    free = threading.Event()
    work = asyncio.create_task(thread_of(store).run(free.wait))
    await asyncio.sleep(0)
    yield
    await asyncio.sleep(0)
    free.set()
    await work


async def put(store: Store, *names: str) -> list[asyncio.Task[None]]:
    async with busy(store):
        return [asyncio.create_task(store.notes.put(name, "text")) for name in names]


def kept(path: Path) -> set[str]:
    """Return the rows that another process reads."""
    with closing(sqlite3.connect(path)) as db:
        return {name for (name,) in db.execute("SELECT name FROM note")}


async def test_waiting_writes_share_one_commit(
    store: Store, commits: list[str], tmp_path: Path
) -> None:
    await asyncio.gather(*await put(store, *map(str, range(20))))

    assert len(commits) == 1
    assert set(map(str, range(20))) <= kept(tmp_path / "repaint.db")


async def test_group_commit_is_limited_in_size(store: Store, commits: list[str]) -> None:
    await asyncio.gather(*await put(store, *map(str, range(3 * TOGETHER))))

    assert len(commits) == 3


async def test_grouped_reads_need_no_write_lock(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "repaint.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with busy(store):
            reads = [asyncio.create_task(store.notes.get("a")) for _ in range(3)]

        assert await asyncio.gather(*reads) == [None] * 3


async def test_failed_call_is_rolled_back_alone(store: Store, tmp_path: Path) -> None:
    def fails(db: object) -> None:
        thread_of(store).db.execute("INSERT INTO note (name, text) VALUES ('half', '')")
        raise ValueError

    async with busy(store):
        good = asyncio.create_task(store.notes.put("before", "text"))
        bad = asyncio.create_task(store._thread.transact(fails, writes=True))
        also = asyncio.create_task(store.notes.put("after", "text"))
    await asyncio.gather(good, also)

    with pytest.raises(ValueError):  # noqa: PT011  our own, nothing to match
        await bad
    assert kept(tmp_path / "repaint.db") & {"before", "half", "after"} == {"before", "after"}


async def test_lost_group_transaction_repeats_each_call_alone(store: Store, tmp_path: Path) -> None:
    def loses_everything(db: object) -> None:
        """As SQLite does by itself when the disk is full."""
        thread_of(store).db.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    async with busy(store):
        good = asyncio.create_task(store.notes.put("before", "text"))
        bad = asyncio.create_task(store._thread.transact(loses_everything, writes=True))
        also = asyncio.create_task(store.notes.put("after", "text"))
    await asyncio.gather(good, also)

    with pytest.raises(StoreUnavailable):
        await bad
    assert {"before", "after"} <= kept(tmp_path / "repaint.db")


async def test_full_disk_fails_every_grouped_write(store: Store) -> None:
    def no_more_pages() -> None:
        (pages,) = thread_of(store).db.execute("PRAGMA page_count").fetchone()
        thread_of(store).db.execute(f"PRAGMA max_page_count={pages}")

    await thread_of(store).run(no_more_pages)
    async with busy(store):
        tasks = [asyncio.create_task(store.notes.put(str(n), "x" * 9000)) for n in range(3)]
    told = await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(one) for one in told} == {StoreUnavailable}
    assert await store.notes.get("0") is None


async def test_cancelled_waiting_call_is_not_run(store: Store, tmp_path: Path) -> None:
    async with busy(store):
        given_up = asyncio.create_task(store.notes.put("given up", "text"))
        other = asyncio.create_task(store.notes.put("other", "text"))
        await asyncio.sleep(0)
        given_up.cancel()
    await other

    assert kept(tmp_path / "repaint.db") & {"given up", "other"} == {"other"}


async def test_call_cancelled_as_it_starts_blocks_no_other(store: Store) -> None:
    def gives_up(_: object) -> None:
        late.cancel()

    thread = thread_of(store)
    async with busy(store):
        first = asyncio.create_task(thread.transact(gives_up, writes=True))
        late = asyncio.create_task(store.notes.put("late", "text"))
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(first, late)

    async with asyncio.timeout(30.0):
        assert await store.notes.get("nothing") is None


async def test_unwanted_call_returns_at_once(store: Store) -> None:
    call = _Call(lambda _: "done", writes=True)
    call.is_wanted = False

    async with asyncio.timeout(30.0):
        assert await thread_of(store).run(thread_of(store)._answer, call) is None


async def test_locked_database_is_waited_for_once_per_group(store: Store, tmp_path: Path) -> None:
    await thread_of(store).run(lambda: thread_of(store).db.execute("PRAGMA busy_timeout=200"))
    with closing(sqlite3.connect(tmp_path / "repaint.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        tasks = await put(store, *map(str, range(60)))
        async with asyncio.timeout(10.0):
            told = await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(one) for one in told} == {StoreUnavailable}
