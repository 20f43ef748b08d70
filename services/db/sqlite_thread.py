"""The one thread that owns SQLite's connection, and decorators that make methods transactions.

The library sqlite-utils is synchronous and its connection belongs to the thread that opened it. So
every call runs on a single-thread executor (not asyncio's own, which also resolves host names).
Calls that wait for the thread share one commit: each has its own savepoint and takes effect
completely or not at all, and no call returns before the commit. Syncing to disk is the main cost,
so throughput grows with load. A single connection also avoids the WAL reset bug of SQLite before
3.51.3 (sqlite.org/wal.html#walresetbug).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from types import CoroutineType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast

from services.db.backups import BUSY_TIMEOUT_S
from services.db.connection import Backend, DbConnection, Queue, SqliteDb
from services.db.sqlite_file import close_transaction, make_lock, open_database
from services.errors import StoreUnavailable

log = logging.getLogger(__name__)

TOGETHER = 64
"""Maximum number of calls that share a commit: the first of them has to wait for the last."""

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThread:
    """The SQLite backend: owns the connection and runs one call after the other."""

    def __init__(
        self, path: Path, *, executor: Executor | None = None, exclusive: bool = False
    ) -> None:
        """Take the database file, which `open` creates, and the executor (one thread).

        Calls on a given executor do not share commits, since it may reject work. `exclusive` keeps
        other bots from using the file while it is open.
        """
        self.path = path
        self._lock = make_lock(path) if exclusive else None
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="database")
        self._db: SqliteDb | None = None
        self._line: deque[_Call[Any]] | None = None if executor else deque()

    @property
    def db(self) -> SqliteDb:
        """The connection; only for code that runs on this thread."""
        assert self._db is not None, "call open() first"
        return self._db

    async def open(self) -> None:
        """Create or open the file and migrate its tables, as `open_database` does."""
        self._db = await self.run(open_database, self.path, self._lock)
        log.info("database %s open, SQLite %s", self.path.name, sqlite3.sqlite_version)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run work on the thread; raise StoreUnavailable if the file is locked, full or broken."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, lambda: work(*args, **kwargs))
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(str(error)) from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # constraints and misuse: our own bugs
                raise
            raise StoreUnavailable(str(error)) from error

    async def transact(
        self, work: Callable[[DbConnection], R], *, writes: bool, queue: Queue | None = None
    ) -> R:
        """Run work in a transaction, which may share its commit with other waiting calls."""
        del queue  # the single thread serializes calls, and waiting calls share a commit
        call = _Call(work, writes=writes)
        if self._line is not None:
            self._line.append(call)
        try:
            return await self.run(self._answer, call)
        finally:
            call.is_wanted = False

    def _answer(self, call: _Call[R]) -> R:
        """Run waiting calls until this one is done, and return its result; runs on the thread."""
        while not call.is_over:
            calls = self._those_waiting() or [call]
            wanted = [one for one in calls if one.is_wanted]
            for writes in (False, True):
                commit([one for one in wanted if one.writes is writes], self.db)
            for one in calls:
                one.is_over = True
        return call.outcome()

    def _those_waiting(self) -> list[_Call[Any]]:
        """Remove and return the calls that wait, at most TOGETHER."""
        line = self._line or deque[_Call[Any]]()
        return [line.popleft() for _ in range(min(len(line), TOGETHER))]

    async def listen(self, wake: Callable[[], object]) -> None:  # noqa: ARG002  a part of the form
        """Wait forever: the file has one process, so no other process notifies it."""
        await asyncio.Event().wait()

    async def scrub(self) -> bool:
        """Checkpoint and truncate the write-ahead log; return False while a reader prevents it."""
        return await self.run(_truncate_log, self)

    async def time(self) -> None:
        """Return None: the time of a file is this computer's."""

    async def close(self) -> None:
        """Close the connection and the thread, and release the file."""
        if self._db is not None:
            await self.run(self._db.close)
        self._executor.shutdown(wait=True)
        if self._lock is not None:
            self._lock.release()


def _truncate_log(thread: DatabaseThread) -> bool:
    """Truncate the write-ahead log; return False while a reader prevents it, without waiting."""
    thread.db.execute("PRAGMA busy_timeout=0")
    try:
        is_busy, _, _ = thread.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        thread.db.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
    return not is_busy


class _Call(Generic[R]):
    """A call that waits for the thread; later its result or error."""

    def __init__(self, work: Callable[[DbConnection], R], *, writes: bool) -> None:
        self.work, self.writes = work, writes
        self.is_wanted, self.is_over = True, False
        self.error: Exception | None = None
        self._answer: R | None = None

    def do(self, db: DbConnection) -> None:
        """Run the work inside an open transaction; store its result or its error."""
        with self:
            self._answer = self.work(db)

    def __enter__(self) -> None:
        """Reset the error."""
        self.error = None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Store an error of the block, which `outcome` raises for the caller."""
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None

    def outcome(self) -> R:
        """Return what the work returned, or raise the error that it raised."""
        if self.error is not None:
            raise self.error
        return cast("R", self._answer)


def commit(calls: Sequence[_Call[Any]], db: SqliteDb) -> None:
    """Run all calls in one transaction; if that fails half way (disk full), run each in its own."""
    if not calls:
        return
    if len(calls) == 1 or not _all_in_one(calls, db):
        for call in calls:
            _alone(call, db)


def _all_in_one(calls: Sequence[_Call[Any]], db: SqliteDb) -> bool:
    """Try to run all calls in one transaction.

    Return False if nothing was committed, so that each call has to run in its own.
    """
    if not _begun(calls, db):
        return True
    try:
        for call in calls:
            db.conn.execute("SAVEPOINT call")
            call.do(db)
            if call.error is not None:  # this raises if SQLite has rolled back everything
                db.conn.execute("ROLLBACK TO call")
            db.conn.execute("RELEASE call")
        db.conn.execute("COMMIT")
    except sqlite3.Error:
        return False
    finally:
        close_transaction(db)
    return True


def _alone(call: _Call[Any], db: SqliteDb) -> None:
    """Run a call in a transaction of its own."""
    if not _begun([call], db):
        return
    try:
        call.do(db)
        if call.error is None:
            db.conn.execute("COMMIT")
    except sqlite3.Error as error:
        call.error = error
    finally:
        close_transaction(db)


def _begun(calls: Sequence[_Call[Any]], db: SqliteDb) -> bool:
    """Begin a transaction for calls of one kind; if that fails, store the error in all."""
    try:
        db.conn.execute("BEGIN IMMEDIATE" if calls[0].writes else "BEGIN")
    except sqlite3.Error as error:
        for call in calls:
            call.error = error
        return False
    return True


class StoreGroup(Protocol):
    """A class with store calls as methods; `_thread` is the backend that runs them."""

    _thread: Backend


S = TypeVar("S", bound=StoreGroup)
Work = Callable[Concatenate[S, DbConnection, P], R]
Call = Callable[Concatenate[S, P], "CoroutineType[object, object, R]"]


def writing(work: Work[S, P, R]) -> Call[S, P, R]:
    """Make a method that gets a connection an async method that runs as one write transaction."""
    return _transaction(work, writes=True)


def reading(work: Work[S, P, R]) -> Call[S, P, R]:
    """Make a method an async method that runs as one consistent read transaction."""
    return _transaction(work, writes=False)


def queued(queue: Queue) -> Callable[[Work[S, P, R]], Call[S, P, R]]:
    """Make a method a write transaction of which only one runs at a time, over all processes.

    `queue` names the advisory lock that it takes first.
    """

    def in_line(work: Work[S, P, R]) -> Call[S, P, R]:
        """Wrap a method so that it takes the lock first."""

        @wraps(work)
        def after_others(self: S, db: DbConnection, *args: P.args, **kwargs: P.kwargs) -> R:
            """Take the lock, then run the method."""
            db.lock(queue)
            return work(self, db, *args, **kwargs)

        return _transaction(after_others, writes=True, queue=queue)

    return in_line


def _transaction(work: Work[S, P, R], *, writes: bool, queue: Queue | None = None) -> Call[S, P, R]:
    @wraps(work)
    async def call(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the method in one transaction."""
        thread = self._thread  # pyright: ignore[reportPrivateUsage]
        return await thread.transact(
            lambda db: work(self, db, *args, **kwargs), writes=writes, queue=queue
        )

    return call
