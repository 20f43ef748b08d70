"""The one thread that owns the one connection, and the decorators that make a method a transaction.

sqlite-utils is synchronous and its connection belongs to the thread that opened it, so every call
is a hop to a single-thread executor (not asyncio's own: name resolution lives there). A single
connection also keeps clear of the WAL reset bug of SQLite before 3.51.3
(sqlite.org/wal.html#walresetbug).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from types import CoroutineType
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlite_utils import Database

from services.errors import StoreUnavailable
from services.store.opening import close_transaction, lock_of, open_database

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThread:
    """Owns the connection; runs one piece of work after the other."""

    def __init__(
        self, path: Path, *, executor: Executor | None = None, alone: bool = False
    ) -> None:
        """Take the database file, which `open` makes, and what runs the work (one thread).

        `alone` keeps other bots off the file for as long as it is open.
        """
        self.path = path
        self._lock = lock_of(path) if alone else None
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="database")
        self._db: Database | None = None

    @property
    def db(self) -> Database:
        """The connection; only for code that runs on this thread."""
        assert self._db is not None, "open() comes first"
        return self._db

    async def open(self) -> None:
        """Make or open the file and bring its tables up to date, as `open_database` does."""
        self._db = await self.run(open_database, self.path, self._lock)
        log.info("database %s open, SQLite %s", self.path.name, sqlite3.sqlite_version)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run work on the thread; StoreUnavailable: the file is locked, full, read-only, broken."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, lambda: work(*args, **kwargs))
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(str(error)) from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # constraints and misuse: faults of ours
                raise
            raise StoreUnavailable(str(error)) from error

    async def close(self) -> None:
        """Close connection and thread, and let others have the file."""
        if self._db is not None:
            await self.run(self._db.close)
        self._executor.shutdown(wait=True)
        if self._lock is not None:
            self._lock.release()


class OnThread(Protocol):
    """A group of store calls: has the thread."""

    _thread: DatabaseThread


S = TypeVar("S", bound=OnThread)
Work = Callable[Concatenate[S, Database, P], R]
Call = Callable[Concatenate[S, P], "CoroutineType[object, object, R]"]


def writing(work: Work[S, P, R]) -> Call[S, P, R]:
    """Make a method one whole write transaction on the database thread."""
    return _transaction(work, "BEGIN IMMEDIATE")


def reading(work: Work[S, P, R]) -> Call[S, P, R]:
    """Make a method one consistent read; takes no write lock."""
    return _transaction(work, "BEGIN")


def _transaction(work: Work[S, P, R], begin: str) -> Call[S, P, R]:
    @wraps(work)
    async def call(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        thread = self._thread  # pyright: ignore[reportPrivateUsage]

        def whole() -> R:
            thread.db.conn.execute(begin)  # as it is: sqlite-utils would first read what it says
            try:
                answer = work(self, thread.db, *args, **kwargs)
                thread.db.conn.execute("COMMIT")
            finally:
                close_transaction(thread.db)
            return answer

        return await thread.run(whole)

    return call
