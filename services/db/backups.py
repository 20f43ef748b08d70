"""Consistent copies of the database: on demand, and before a newer version changes its tables."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from services.errors import StoreUnavailable
from services.settings.types import Secret

# What only a file can have done to it: copies, and a copy put back.


def file_of(place: Path | Secret, *, instead: str) -> Path:
    """Return the SQLite file; raises StoreUnavailable for PostgreSQL, naming its own program."""
    if isinstance(place, Path):
        return place
    words = f"this is for SQLite's file, and DATABASE_URL names PostgreSQL; use {instead}"
    raise StoreUnavailable(f"{words} (docs/scaling.md)")


BUSY_TIMEOUT_S = 5
"""How long a call waits for another process's lock."""

KEPT = 3
"""Copies made before a change of the tables; older ones are removed."""


async def backup(place: Path | Secret, target: Path) -> None:
    """Copy the database, also while a bot uses it; the target must not exist yet.

    The tables stay as they are, so that an older bot's can be copied before an update. Raises
    StoreUnavailable.
    """
    await asyncio.to_thread(_backup, file_of(place, instead="pg_dump"), target)


def _backup(path: Path, target: Path) -> None:
    if not path.exists():
        raise StoreUnavailable(f"{path}: there is no database yet")
    try:
        with closing(connection_to(path)) as connection:
            copy(connection, target)
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"{path}: {error}") from error


def connection_to(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Open the file as it is (mode "rw" or "ro"); sqlite3.OperationalError when it is missing."""
    address = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """Write a copy that only its owner can read, from its first byte on; StoreUnavailable."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # VACUUM INTO takes an empty file: so it is never open to others, nor overwrites one.
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
    """Copy the database beside itself, named by the time (UTC) and the version it has.

    Only the last few of such copies are kept. Raises StoreUnavailable.
    """
    (stamp,) = connection.execute("SELECT strftime('%Y%m%dT%H%M%SZ', 'now')").fetchone()
    target = path.with_name(f"{path.name}.{stamp}.{version}.bak")
    copy(connection, target)
    for old in sorted(path.parent.glob(f"{path.name}.*Z.*.bak"))[:-KEPT]:
        with contextlib.suppress(OSError):
            old.unlink()
    return target


# What was moved from one database to another.


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What has been moved, and found the same in both."""

    tables: dict[str, int]
    """Rows by table."""
    jobs: int
    units: int
    charged_micro: int
    """What counts against caps on cost, in micro-dollars."""
