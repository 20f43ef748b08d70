"""Creates or migrates PostgreSQL's tables: one process at a time does it, others wait.

The migration steps are SQLite's; the first one here contains all earlier ones. A step that expands
is applied alongside older processes, any other only while none of them is alive.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from services.db.migration_names import needed, number, refused
from services.db.postgresql.connection import Connection
from services.db.postgresql.dialect import LIVING
from services.db.schema import POSTGRESQL, statements
from services.db.schema import STEPS as ALL_STEPS
from services.errors import ConfigError

log = logging.getLogger(__name__)

_FIRST = "m008_holders"
_BEFORE = ALL_STEPS[: ALL_STEPS.index(_FIRST)]

STEPS: Mapping[str, Sequence[str]] = {
    step: statements((*_BEFORE, step) if step == _FIRST else (step,), POSTGRESQL)
    for step in ALL_STEPS[len(_BEFORE) :]
}
"""The SQL statements of each migration step; the first step contains all that SQLite had before
it."""

OLDEST = 130_000
"""The oldest version of PostgreSQL that is accepted, 13: the first that tells by a transaction's
number (xid8) whether it was committed."""

_LOCK = 1380273232

KNOWS = 1380273234
"""First key of the shared advisory lock by which a live process shows the newest step that it
knows."""

_OLDER = f"""
SELECT COALESCE(host(seen.client_addr), 'the server''s own computer')
FROM pg_locks AS life
LEFT JOIN pg_locks AS known ON known.pid = life.pid AND known.locktype = 'advisory'
    AND known.granted AND known.classid::bigint = {KNOWS} AND known.objsubid = 2
LEFT JOIN pg_stat_activity AS seen ON seen.pid = life.pid
WHERE life.locktype = 'advisory' AND life.granted AND life.objsubid = 2
    AND life.classid::bigint = {LIVING} AND life.objid::bigint <> %(me)s
    AND life.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND COALESCE(known.objid::bigint, 0) < %(step)s
"""

_TAKEN = """
CREATE TABLE IF NOT EXISTS schema_step (
    position INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    at       TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
)
"""


class Schema:
    """The tables as one version of the bot knows them, by its migration steps."""

    def __init__(self, steps: Mapping[str, Sequence[str]] = STEPS) -> None:
        """Take the SQL statements of each migration step that the version knows."""
        self._steps = steps

    @property
    def newest(self) -> int:
        """The newest known step's number; a live process shows it to others by a shared lock."""
        return max(map(number, self._steps))

    def open(self, connection: Connection, begin: Callable[[], int] = lambda: 0) -> None:
        """Create or migrate the tables: all pending steps or none.

        `begin` announces this process to the others once there are tables, and returns its number.
        It is called before the steps are checked, so that no other process can apply one without
        seeing this process. Raises ConfigError if a newer version has changed the tables, or if a
        pending step would break live older processes.
        """
        check_server(connection)
        if not steps_taken(connection):
            self._take_steps(connection, me=0)
        self._take_steps(connection, me=begin())

    def check(self, connection: Connection) -> None:
        """Raise ConfigError if a newer version has changed the tables beyond this one."""
        if unknown := refused(steps_taken(connection), self._steps):
            words = f"the database was changed by a newer version ({', '.join(unknown)})"
            mend = "run that version, or restore a backup"
            raise ConfigError([f"DATABASE_URL: {words}; {mend}"])

    def _take_steps(self, connection: Connection, *, me: int) -> None:
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            self.check(connection)
            taken = steps_taken(connection)  # another process may have migrated first
            if not taken:
                connection.execute(_TAKEN)
            pending = [step for step in self._steps if step not in taken]
            for name in needed(pending if taken else ()):
                _refuse_beside_older(connection, name, me)
            for name in pending:
                for statement in self._steps[name]:
                    connection.execute(statement.encode())
                connection.execute("INSERT INTO schema_step (name) VALUES (%s)", [name])
                log.info("the tables were upgraded with step %s", name)


def steps_taken(connection: Connection) -> list[str]:
    """Return the names of the applied migration steps in their order."""
    [(there,)] = connection.execute("SELECT to_regclass('schema_step')").fetchall()
    if there is None:
        return []
    rows = connection.execute("SELECT name FROM schema_step ORDER BY position").fetchall()
    return [name for (name,) in rows]


def check_server(connection: Connection) -> None:
    """Raise ConfigError for a server that is too old or does not use UTF-8."""
    version = connection.info.server_version
    if version < OLDEST:
        words = f"expected PostgreSQL {OLDEST // 10_000} or newer, found {version // 10_000}"
        raise ConfigError([f"DATABASE_URL: {words}"])
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigError([f"DATABASE_URL: expected a database in UTF8, found {encoding}"])


def _refuse_beside_older(connection: Connection, step: str, me: int) -> None:
    """Raise ConfigError while processes are alive that do not know this step."""
    older = connection.execute(_OLDER.encode(), {"me": me, "step": number(step)}).fetchall()
    if older:
        where = ", ".join(sorted({str(address) for (address,) in older}))
        words = f"{len(older)} older processes still run (at {where})"
        mend = (
            f"stop them, then start this version again: the step {step} changes tables that"
            " they use"
        )
        raise ConfigError([f"DATABASE_URL: {words}; {mend}"])
