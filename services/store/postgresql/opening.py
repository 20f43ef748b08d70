"""Make the tables, or bring them up to date: one process at a time, the others wait.

A step is named as SQLite's step that does the same; those before the first here are in it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from services.errors import ConfigError
from services.store.postgresql.connecting import Connection
from services.store.postgresql.tables import FLEET, TABLES

log = logging.getLogger(__name__)

STEPS: Mapping[str, Sequence[str]] = {"m008_holders": TABLES, "m010_fleet": FLEET}
"""Never edited once released: a change is a new step below."""

OLDEST = 130_000
"""PostgreSQL 13 is the first that says what became of a transaction by its number (xid8)."""

_LOCK = 1380273232

_TAKEN = """
CREATE TABLE IF NOT EXISTS schema_step (
    position INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    at       TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
)
"""


def open_schema(connection: Connection) -> None:
    """Bring the tables up to date, all steps or none; ConfigError: a newer version was here."""
    check_server(connection)
    refuse_newer(steps_taken(connection))
    if set(STEPS) - set(steps_taken(connection)):
        _take_steps(connection)


def steps_taken(connection: Connection) -> list[str]:
    """Return the steps that the tables have been through, in their order."""
    [(there,)] = connection.execute("SELECT to_regclass('schema_step')").fetchall()
    if there is None:
        return []
    rows = connection.execute("SELECT name FROM schema_step ORDER BY position").fetchall()
    return [name for (name,) in rows]


def refuse_newer(taken: Sequence[str]) -> None:
    """Raise ConfigError where a newer version has changed the tables; they stay as they are."""
    if unknown := sorted(set(taken) - set(STEPS)):
        words = f"the database was changed by a newer version ({', '.join(unknown)})"
        raise ConfigError([f"DATABASE_URL: {words}; run that version, or put a copy in its place"])


def check_server(connection: Connection) -> None:
    """Raise ConfigError for a server that is too old or has no UTF-8."""
    version = connection.info.server_version
    if version < OLDEST:
        words = f"expected PostgreSQL {OLDEST // 10_000} or newer, found {version // 10_000}"
        raise ConfigError([f"DATABASE_URL: {words}"])
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigError([f"DATABASE_URL: expected a database in UTF8, found {encoding}"])


def _take_steps(connection: Connection) -> None:
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(_TAKEN)
        taken = steps_taken(connection)  # another process may have been first
        refuse_newer(taken)
        for name in [step for step in STEPS if step not in taken]:
            for statement in STEPS[name]:
                connection.execute(statement.encode())
            connection.execute("INSERT INTO schema_step (name) VALUES (%s)", [name])
            log.info("the tables are brought to step %s", name)
