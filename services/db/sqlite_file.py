"""Opens the SQLite file: locks it for one bot, checks its version, and migrates its tables.

The version is checked before anything is changed: a file that a newer version has changed
(migration_names.py) is refused and stays as it is, one of an older version is copied first.
"""

from __future__ import annotations

import functools
import logging
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from sqlite_utils import Database

from services.common.file_lock import FileLock, Held
from services.db.backups import connection_to, copy_before_change
from services.db.connection import SqliteDb
from services.db.migration_names import refused
from services.db.migrations import MIGRATIONS
from services.db.write_probe import explain, is_denied, try_to_write
from services.errors import ConfigError, StoreUnavailable

log = logging.getLogger(__name__)

LOCK_SUFFIX = ".lock"
CACHE_KIB = 8_000
"""Size of the page cache in KiB. With SQLite's own 2 MB a job costs a third more time among a
million jobs than among a thousand, with this size a seventh more (bench/growth.py)."""


_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    f"cache_size=-{CACHE_KIB}",
    "secure_delete=ON",  # deleted data is overwritten, in free pages too
)


def make_lock(path: Path) -> FileLock:
    """Return the file lock that a running bot holds on its database."""
    return FileLock(path.with_name(path.name + LOCK_SUFFIX))


def steps_taken(db: Database) -> list[str]:
    """Return the applied migration steps in their order."""
    return [step.name for step in MIGRATIONS.applied(db)]


@functools.cache
def steps_known() -> frozenset[str]:
    """Return the migration steps that this version knows."""
    empty = Database(memory=True, execute_plugins=False)
    with closing(empty.conn):
        return frozenset(step.name for step in MIGRATIONS.pending(empty))


def open_database(path: Path, lock: FileLock | None) -> SqliteDb:
    """Create or open the file, readable by its owner only, and migrate its tables.

    A given `lock` is taken and held, so that no other bot opens the file. Without one the call
    works alongside a running bot, as long as the tables need no migration.

    Raises:
        ConfigError: Another bot uses the file, a newer version wrote it, or the bot may not write
            it.
        StoreUnavailable: The file cannot be used for another reason.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if lock is not None:
            _take(lock, path)
        if not path.exists():
            path.touch(mode=0o600)
        _refuse_newer(path)
        return _opened(path, exclusive=lock is not None)
    except (OSError, sqlite3.DatabaseError) as error:
        if lock is not None and is_denied(error):
            words, remedy = explain(path)
            raise ConfigError([f"DATABASE_PATH: {path}: {words}; {remedy}"]) from error
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreUnavailable(f"{path}: {reason}") from error


def _take(lock: FileLock, path: Path) -> None:
    try:
        lock.acquire()
    except Held as holder:
        words = f"{path} is in use by another running bot ({holder}); stop it first"
        raise ConfigError([f"DATABASE_PATH: {words}"]) from None
    except OSError as error:  # some network file systems; whether it is writable is checked next
        log.warning("%s cannot be locked: %s", lock.path.name, error.strerror)


def _refuse_newer(path: Path) -> None:
    with closing(connection_to(path, mode="ro")) as connection:
        unknown = refused(steps_taken(Database(connection, execute_plugins=False)), steps_known())
    if unknown:
        words = f"{path} was written by a newer version ({', '.join(unknown)})"
        mend = "run that version, or restore a backup"
        raise ConfigError([f"DATABASE_PATH: {words}; {mend}"])


def _opened(path: Path, *, exclusive: bool) -> SqliteDb:
    """Return a connection with durable settings; migrate the tables inside one transaction.

    Tables are STRICT. WAL is used with synchronous=FULL, since a commit may hold the id of a paid
    task.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(closing(connection_to(path)))
        connection.text_factory = _text  # a damaged text must not make its row unreadable
        db = SqliteDb(connection, strict=True, execute_plugins=False)
        db.enable_wal()
        for pragma in _PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        if exclusive:
            try_to_write(connection)
        if MIGRATIONS.pending(db):
            _bring_up_to_date(db, path, exclusive=exclusive)
        stack.pop_all()  # opened: the caller closes it
    return db


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _bring_up_to_date(db: Database, path: Path, *, exclusive: bool) -> None:
    lock = make_lock(path)
    if not exclusive:
        try:
            lock.acquire()
        except Held as holder:
            words = f"a running bot of an older version uses it ({holder}); stop it first"
            raise StoreUnavailable(f"{path}: {words}") from None
    try:
        _migrate(db, path)
    finally:
        lock.release()


def _migrate(db: Database, path: Path) -> None:
    if taken := steps_taken(db):
        copy = copy_before_change(db.conn, path, version=taken[-1])
        log.info("upgrading the database %s; copy of the old one: %s", path.name, copy.name)
    db.execute("BEGIN IMMEDIATE")
    try:
        MIGRATIONS.apply(db)
        db.execute("COMMIT")
    finally:
        close_transaction(db)


def close_transaction(db: Database) -> None:
    """Roll back if a transaction is open; after some errors (disk full) SQLite did so itself."""
    if db.conn.in_transaction:
        db.execute("ROLLBACK")
