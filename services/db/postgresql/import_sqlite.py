"""Import of a SQLite file into PostgreSQL: one transaction, verified before it commits.

The file is only read. Leases are not copied, since no bot is running; everything else is.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlite_utils import Database

from services.common.file_lock import Held
from services.db.backups import Moved, connection_to
from services.db.migrations import MIGRATIONS
from services.db.postgresql.connection import Connection, connect, parse_url, storable
from services.db.postgresql.pool import one_line
from services.db.postgresql.schema_upgrade import STEPS, Schema
from services.db.postgresql.schema_upgrade import steps_taken as steps_there
from services.db.sqlite_file import make_lock, steps_known, steps_taken
from services.errors import StoreUnavailable

_AT_ONCE = 1_000
"""Number of rows held in memory at a time."""

_NOT_HELD = {"leased_until": "0.0", "leased_by": "0"}

_TABLES = """
SELECT relname FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND relname <> 'schema_step'
"""

_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'
ORDER BY ordinal_position
"""

_TOTALS = """
SELECT COUNT(*), COALESCE(SUM(units), 0), COALESCE(SUM(charged_micro), 0) FROM job
"""

_BY_DAY = """
SELECT day, state, COALESCE(guild_id, 0), COUNT(*), SUM(units), SUM(given_back),
    SUM(refunded_units), SUM(cost_micro), SUM(charged_micro)
FROM job GROUP BY day, state, COALESCE(guild_id, 0) ORDER BY 1, 2, 3
"""

_NUMBERED = (("job", "number"), ("audit", "id"))
"""Columns that PostgreSQL numbers from a sequence; it continues after the highest number copied."""


def move(path: Path, url: str) -> Moved:
    """Copy every row of a SQLite file to PostgreSQL; return the numbers of rows and their totals.

    Raises StoreUnavailable if a bot uses the file, a version does not fit, the target is not empty,
    or the copy differs; then nothing is written.
    """
    if not path.exists():
        raise StoreUnavailable(f"{path}: there is no database yet")
    lock = make_lock(path)
    try:
        lock.acquire()
    except Held as holder:
        words = f"{path} is in use by a running bot ({holder}); stop it first"
        raise StoreUnavailable(words) from None
    try:
        with (
            closing(connection_to(path, mode="ro")) as source,
            closing(connect(parse_url(url))) as target,
        ):
            _check_source(source, path)
            _make(target)
            with target.transaction():
                return _move(source, target)
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"{path}: {error}") from error
    except psycopg.Error as error:
        raise StoreUnavailable(f"PostgreSQL: {one_line(error)}") from error
    finally:
        lock.release()


def _check_source(source: sqlite3.Connection, path: Path) -> None:
    db = Database(source, execute_plugins=False)
    if unknown := sorted(set(steps_taken(db)) - steps_known()):
        raise StoreUnavailable(f"{path} was written by a newer version ({', '.join(unknown)})")
    if MIGRATIONS.pending(db):
        words = "start the bot once, which upgrades it, and stop the bot"
        raise StoreUnavailable(f"{path} is of an older version; {words}")
    source.execute("BEGIN")  # one snapshot of the file, whatever other readers do


def _make(target: Connection) -> None:
    Schema().open(target)
    if unknown := sorted(set(steps_there(target)) - set(STEPS)):
        words = "has tables of a newer version, which the file does not have"
        raise StoreUnavailable(f"the database there {words} ({', '.join(unknown)})")


def _move(source: sqlite3.Connection, target: Connection) -> Moved:
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        target.execute(f"SET LOCAL {setting} = 0".encode())
    tables = _tables(target)
    _refuse_filled(target, tables)
    rows = {table: _copied(source, target, table) for table in tables}
    for table, column in _NUMBERED:
        query = (
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), MAX({column}))"
            f" FROM {table} HAVING MAX({column}) > 0"
        )
        target.execute(query.encode())
    _compare_totals(source, target)
    [(jobs, units, charged)] = target.execute(_TOTALS).fetchall()
    return Moved(tables=rows, jobs=jobs, units=units, charged_micro=charged)


def _tables(target: Connection) -> list[str]:
    """Return the names of PostgreSQL's tables, those first that others reference."""
    names = [name for (name,) in target.execute(_TABLES).fetchall()]
    return sorted(names, key=lambda name: (name != "job", name))


def _refuse_filled(target: Connection, tables: Iterable[str]) -> None:
    for table in tables:
        target.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        if target.execute(f"SELECT 1 FROM {table} LIMIT 1".encode()).fetchone():
            raise StoreUnavailable(f"the database there is not empty: {table} has rows")


def _copied(source: sqlite3.Connection, target: Connection, table: str) -> int:
    """Copy a table and verify the copy row by row; return the number of rows."""
    columns = [name for (name,) in target.execute(_COLUMNS, [table]).fetchall()]
    names = ", ".join(columns)
    sent = _Digest()
    with (
        target.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy,
    ):
        for row in _rows(source, table, columns):
            copy.write_row(row)
            sent.add(row)
    arrived = _Digest()
    with target.cursor(name="arrived") as cursor:
        cursor.itersize = _AT_ONCE
        for row in cursor.execute(f"SELECT {names} FROM {table}".encode()):
            arrived.add(row)
    if arrived != sent:
        raise StoreUnavailable(
            f"{table}: the rows read back differ from the file's; nothing is stored"
        )
    return sent.rows


def _rows(
    source: sqlite3.Connection, table: str, columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    spelt = {"number": "rowid"} | _NOT_HELD if table == "job" else {}
    names = ", ".join(spelt.get(name, name) for name in columns)
    answer = source.execute(f"SELECT {names} FROM {table}")
    while rows := answer.fetchmany(_AT_ONCE):
        yield from (tuple(map(storable, row)) for row in rows)


class _Digest:
    """A checksum over rows that does not depend on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: Sequence[Any]) -> None:
        """Include a row; equal values of different types change the checksum differently."""
        whole = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(whole)) % 2**128
        self.rows += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Digest) and (self.rows, self._sum) == (other.rows, other._sum)

    __hash__ = None  # pyright: ignore[reportAssignmentType]  -- it changes


def _compare_totals(source: sqlite3.Connection, target: Connection) -> None:
    """Compare both databases' sums of usage and cost by day, state and server."""
    theirs = target.execute(_BY_DAY).fetchall()
    if source.execute(_BY_DAY).fetchall() != theirs:
        raise StoreUnavailable("the totals of units differ; nothing is stored")
