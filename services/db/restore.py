"""Restoring a backup so that nothing in it is paid for or posted a second time.

A backup is older than the events since: a job that waits in it may have been submitted and paid for
long ago. So each such job is marked as one whose response was lost, and the engine asks the
provider before it sends anything. Jobs that are running or ready simply continue: polling is free,
and a delivery edits the job's one message. If the task of such a running job then fails for lack of
a slot, its next submission may have been made already too. `Jobs.requeue` marks it in the same way.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from services.common.file_lock import FileLock, Held
from services.db.migration_names import refused
from services.db.notes import RESTORED_UNTIL
from services.db.sqlite_file import make_lock, steps_known, steps_taken
from services.errors import StoreUnavailable

log = logging.getLogger(__name__)

_DOUBTFUL = """
UPDATE job SET state = 'submitting', sent_at = COALESCE(sent_at, created_at), claimed_at = :claimed,
    next_at = :now, tries = 0, leased_until = 0
WHERE job.state IN ('queued', 'submitting')
"""

_RESTORED = """
INSERT INTO note (name, text) VALUES (:name, :latest)
ON CONFLICT (name) DO UPDATE SET text = excluded.text
"""
"""Stores the time of the backup's latest submission: these and earlier ones may have been followed
by others that the backup does not contain. It is no time of this computer's clock, which may be
wrong when the backup is restored."""

_LATEST = "SELECT COALESCE(MAX(COALESCE(sent_at, created_at)), 0.0) FROM job"

_COMPANIONS = ("", "-wal", "-shm")
"""Suffixes of a database's files. SQLite would replay an old write-ahead log into the new
database."""


async def put_back(path: Path, source: Path, *, now: float, stamp: str, moved: bool) -> Path | None:
    """Install a copy of `source` at `path`; return the new path of the previous database.

    Args:
        path: The bot's database.
        source: The backup.
        now: Unix seconds.
        stamp: A text for the name of the previous database, such as the time.
        moved: Whether the bot has not run since the backup was made, so that its queue is current
            and no job is in doubt.

    Raises:
        StoreUnavailable: The backup is damaged, not ours or of a newer version, or the database is
            in use. Nothing is changed then.
    """
    return await asyncio.to_thread(_put_back, path, source, now, stamp, moved=moved)


def _put_back(path: Path, source: Path, now: float, stamp: str, *, moved: bool) -> Path | None:
    half = path.with_name(f"{path.name}-restoring")
    lock = make_lock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _take(lock, path)  # held until the end: no bot may start in between
        _copy_checked(source, half)
        try:
            if not moved:
                _doubt(half, now)
            _refuse_in_use(path)
            return _swap(path, half, path.with_name(f"{path.name}-before-{stamp}"))
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{error.filename or path}: {error.strerror}") from error
    finally:
        lock.release()


def _take(lock: FileLock, path: Path) -> None:
    """Take the bot's lock on the database; raise StoreUnavailable while a bot holds it."""
    try:
        lock.acquire()
    except Held as holder:
        words = f"{path} is in use by a running bot ({holder}); stop it first"
        raise StoreUnavailable(words) from None
    except OSError as error:  # some network file systems; `_refuse_in_use` still checks
        log.warning("%s cannot be locked: %s", lock.path.name, error.strerror)


def _copy_checked(source: Path, target: Path) -> None:
    """Copy the backup, if it is intact and of a known version; else raise StoreUnavailable."""
    if not source.is_file():
        raise StoreUnavailable(f"{source}: there is no such file")
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        address = f"{source.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            _check(Database(connection, execute_plugins=False), source)
            # Not VACUUM INTO: SQLite 3.40 fails on generated columns in a read-only file.
            with closing(sqlite3.connect(os.fspath(target))) as copy:
                connection.backup(copy)
    except (sqlite3.DatabaseError, StoreUnavailable) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, StoreUnavailable):
            raise
        raise StoreUnavailable(f"{source}: {error}") from error


def _check(db: Database, source: Path) -> None:
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise StoreUnavailable(f"{source} is damaged: {verdict}")
    taken = set(steps_taken(db))
    if not taken:
        raise StoreUnavailable(f"{source} is not a copy of the bot's database")
    if unknown := refused(taken, steps_known()):
        raise StoreUnavailable(f"{source} was written by a newer version ({', '.join(unknown)})")


def _doubt(path: Path, now: float) -> None:
    """Mark all jobs that wait in this file as submitted with a lost response.

    Store the time of the latest submission in it.
    """
    with closing(sqlite3.connect(os.fspath(path), isolation_level=None)) as connection:
        connection.execute("BEGIN")
        (latest,) = connection.execute(_LATEST).fetchone()
        connection.execute(_DOUBTFUL, {"now": now, "claimed": max(now, latest)})
        connection.execute(_RESTORED, {"name": RESTORED_UNTIL, "latest": repr(latest)})
        connection.execute("COMMIT")


def _refuse_in_use(path: Path) -> None:
    """Raise StoreUnavailable while another process has the database open.

    SQLite leaves WAL mode only with exclusive access; this also writes the log into the file. A
    file too damaged to open is accepted: replacing it is the purpose of a backup.
    """
    if not path.exists():
        return
    with closing(sqlite3.connect(os.fspath(path), isolation_level=None, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"{path} is in use; stop the bot first ({error})") from error
        except sqlite3.DatabaseError:
            return


def _swap(path: Path, half: Path, aside: Path) -> Path | None:
    """Rename the files, so that one of the two databases is complete at every instant.

    Return the new path of the previous database; None if there was none.
    """
    found = [suffix for suffix in _COMPANIONS if Path(f"{path}{suffix}").exists()]
    for suffix in found:
        Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    half.replace(path)
    return aside if found else None
