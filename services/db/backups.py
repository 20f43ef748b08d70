"""Consistent copies of the SQLite file: on demand, and before a newer version migrates it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from services.errors import StoreUnavailable
from services.settings import Secret

# Operations that exist only for a SQLite file: backup and restore.


def require_file(place: Path | Secret, *, instead: str) -> Path:
    """Return the SQLite file's path; raise StoreUnavailable if PostgreSQL is used.

    The error's text names the program to use `instead`, such as pg_dump.
    """
    if isinstance(place, Path):
        return place
    words = (
        f"this command works with the SQLite file, but DATABASE_URL names PostgreSQL; use {instead}"
    )
    raise StoreUnavailable(f"{words} (docs/scaling.md)")


BUSY_TIMEOUT_S = 5
"""How long a statement waits for another connection's lock on the file, in seconds."""

KEPT = 3
"""How many of the copies made before migrations are retained; older ones are deleted."""


async def backup(place: Path | Secret, target: Path) -> None:
    """Copy the database, also while a bot uses it; the target must not exist yet.

    The tables are not migrated, so that an older bot's database can be copied before an update.
    Raises StoreUnavailable.
    """
    await asyncio.to_thread(_backup, require_file(place, instead="pg_dump"), target)


def _backup(path: Path, target: Path) -> None:
    if not path.exists():
        raise StoreUnavailable(f"{path}: there is no database yet")
    try:
        with closing(connection_to(path)) as connection:
            copy(connection, target)
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"{path}: {error}") from error


def connection_to(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection to an existing file; `mode` is "rw" or "ro". Nothing is migrated.

    Raises sqlite3.OperationalError if the file is missing.
    """
    address = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """Write a copy of the database to `target`, readable by its owner only from the first byte on.

    Raises StoreUnavailable, also if `target` exists.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # VACUUM INTO accepts an empty file. So the copy is never readable by others, and never
        # overwrites one.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"{target}: {error.strerror}") from error
    try:
        connection.execute("VACUUM INTO ?", [str(target)])
    except sqlite3.DatabaseError as error:
        with contextlib.suppress(OSError):
            target.unlink()
        raise StoreUnavailable(f"{target}: {error}") from error


def copy_before_change(connection: sqlite3.Connection, path: Path, *, version: str) -> Path:
    """Copy the database next to itself before a migration; return the copy's path.

    Its name contains the time (UTC) and `version`, the newest step of its tables. Only the last few
    of these copies are retained. Raises StoreUnavailable.
    """
    (stamp,) = connection.execute("SELECT strftime('%Y%m%dT%H%M%SZ', 'now')").fetchone()
    target = path.with_name(f"{path.name}.{stamp}.{version}.bak")
    copy(connection, target)
    for old in sorted(path.parent.glob(f"{path.name}.*Z.*.bak"))[:-KEPT]:
        with contextlib.suppress(OSError):
            old.unlink()
    return target


# The summary of an import from SQLite to PostgreSQL.


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Numbers of a finished import, which are equal in both databases."""

    tables: dict[str, int]
    """Number of rows by table."""
    jobs: int
    units: int
    charged_micro: int
    """Cost that counts against cost caps, in micro-dollars."""
