"""Read-only inspection of a PostgreSQL database for the doctor command."""

from __future__ import annotations

from contextlib import closing

import psycopg

from services.db.check_result import Checkup
from services.db.migration_names import refused
from services.db.postgresql.connection import Connection, connect, parse_url
from services.db.postgresql.pool import one_line
from services.db.postgresql.schema_upgrade import STEPS, check_server, steps_taken
from services.errors import ConfigError
from services.settings import Secret

_READ = "SELECT (SELECT COUNT(*) FROM job)"
_PROVIDER = (
    "SELECT paused_at, pause_key, knows_external_id, knows_list FROM provider WHERE name = %s"
)


def examine(address: Secret, provider: str) -> Checkup:
    """Inspect the database, even while a bot uses it; `provider` is the provider's name."""
    try:
        with closing(connect(parse_url(address.reveal()))) as connection:
            check_server(connection)
            return _look(connection, provider)
    except ConfigError as error:
        return Checkup(trouble=error.problems[0].removeprefix("DATABASE_URL: "))
    except psycopg.Error as error:
        return Checkup(trouble=one_line(error))


def _look(connection: Connection, provider: str) -> Checkup:
    taken = steps_taken(connection)
    pending = tuple(step for step in STEPS if step not in taken)
    unknown = tuple(refused(taken, STEPS))
    if not taken:
        # Rolled back: it only tests whether this user may create tables.
        with connection.transaction(force_rollback=True):
            connection.execute("CREATE TABLE repaint_probe ()")
        return Checkup(exists=False)
    if pending or unknown:
        return Checkup(pending=pending, unknown=unknown)
    [(read_only,)] = connection.execute("SHOW transaction_read_only").fetchall()
    if read_only == "on":
        return Checkup(trouble="it can only be read")
    [(jobs,)] = connection.execute(_READ).fetchall()
    row = connection.execute(_PROVIDER, [provider]).fetchone() or (None, None, None, None)
    paused_at, pause_key, external_id, list_call = row
    return Checkup(
        jobs=jobs,
        paused_at=paused_at,
        pause_key=pause_key,
        knows_external_id=None if external_id is None else bool(external_id),
        knows_list=None if list_call is None else bool(list_call),
    )
