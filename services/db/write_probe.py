"""Tests by a real write whether a SQLite file is writable; explains why if it is not."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from pathlib import Path

COMPANIONS = ("-wal", "-shm", "-journal")
"""Suffixes of SQLite's own files next to a database; another user's program may have left them."""

_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def try_to_write(connection: sqlite3.Connection) -> None:
    """Commit a write that changes nothing; raises sqlite3.Error if the file is not writable.

    SQLite opens a read-only file and begins a transaction on it without an error.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def is_denied(error: sqlite3.Error | OSError) -> bool:
    """Return whether an error means that the bot's system user may not write the file."""
    if isinstance(error, OSError):
        return error.errno in _DENIED
    return any(word in str(error) for word in ("readonly", "unable to open"))


def explain(path: Path) -> tuple[str, str]:
    """Return which file or folder is not writable and who owns it, and a remedy, as texts."""
    beside = [path.with_name(path.name + suffix) for suffix in COMPANIONS]
    folder = next(each for each in path.absolute().parents if each.exists())
    places = [each for each in (path, *beside) if each.exists()]
    culprit = next((each for each in (*places, folder) if not _may_write(each)), path)
    name = "" if culprit == path else f"{culprit} "
    if _is_mounted_read_only(folder):
        remedy = "mount it writable, or choose another folder"
        return f"{name}cannot be written: its file system is mounted read-only", remedy
    owner, me = _owner_of(culprit), _me()
    words = f"{name}cannot be written: it belongs to {owner}, and the bot runs as {me}"
    return words, f"chmod u+w {culprit}" if owner == me else f"chown {me} {culprit}"


def _may_write(place: Path) -> bool:
    mode = os.W_OK | (os.X_OK if place.is_dir() else 0)
    return os.access(place, mode, effective_ids=os.access in os.supports_effective_ids)


if sys.platform == "win32":

    def _is_mounted_read_only(_folder: Path) -> bool:
        return False

    def _owner_of(_place: Path) -> str:
        return "somebody else"

    def _me() -> str:
        return "another user"

else:
    import pwd

    def _is_mounted_read_only(folder: Path) -> bool:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)

    def _owner_of(place: Path) -> str:
        return _named(place.stat().st_uid) if place.exists() else "nobody yet"

    def _me() -> str:
        return _named(os.geteuid())

    def _named(uid: int) -> str:
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:  # a user without an entry in /etc/passwd, as is usual in containers
            return f"user {uid}"
