"""Read-only inspection of the database for the doctor command: nothing is created or migrated."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlite_utils import Database

from services.db.backups import connection_to
from services.db.check_result import Checkup
from services.db.migration_names import refused
from services.db.migrations import MIGRATIONS
from services.db.sqlite_file import steps_known, steps_taken
from services.db.write_probe import explain, is_denied, try_to_write
from services.settings import Secret


async def examine(place: Path | Secret, *, provider: str) -> Checkup:
    """Inspect the database, even while a bot uses it; `provider` is the provider's name."""
    if isinstance(place, Path):
        return await asyncio.to_thread(_examine, place, provider)
    try:
        from services.db.postgresql import check  # noqa: PLC0415  only where it is used
    except ImportError as error:
        return Checkup(trouble=f"psycopg cannot be loaded ({error})")
    return await asyncio.to_thread(check.examine, place, provider)


def _examine(path: Path, provider: str) -> Checkup:
    try:
        if not path.exists():
            return Checkup(exists=False)
        with closing(connection_to(path)) as connection:
            return _look(Database(connection, execute_plugins=False), provider)
    except (sqlite3.DatabaseError, OSError) as error:
        if not is_denied(error):
            return Checkup(trouble=str(error))
        trouble, remedy = explain(path)
        return Checkup(trouble=trouble, remedy=remedy)


def _look(db: Database, provider: str) -> Checkup:
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    try_to_write(db.conn)
    found = Checkup(
        damage=None if verdict == "ok" else str(verdict),
        pending=tuple(step.name for step in MIGRATIONS.pending(db)),
        unknown=tuple(refused(steps_taken(db), steps_known())),
    )
    return found if found.pending or found.damage else _read(db, provider, found)


def _read(db: Database, provider: str, found: Checkup) -> Checkup:
    """Return the findings with the number of jobs and the provider's state added."""
    (jobs,) = db.execute("SELECT COUNT(*) FROM job").fetchone()
    query = (
        "SELECT paused_at, pause_key, knows_external_id, knows_list FROM provider WHERE name = ?"
    )
    row = db.execute(query, [provider]).fetchone() or (None, None, None, None)
    return replace(
        found,
        jobs=jobs,
        paused_at=row[0],
        pause_key=row[1],
        knows_external_id=None if row[2] is None else bool(row[2]),
        knows_list=None if row[3] is None else bool(row[3]),
    )
