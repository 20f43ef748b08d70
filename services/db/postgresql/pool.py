"""A few threads with a connection each; every store call is one transaction on one of them.

A transaction is repeated if it lost a conflict with another one, or lost its connection before
COMMIT was sent. If the connection breaks during COMMIT, the server is asked whether the transaction
was committed. So no work is done twice, and no committed work is reported as failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from services.db.connection import DbConnection, Queue, Values
from services.db.postgresql.connection import Connection, connect, parse_url, storable
from services.db.postgresql.dialect import translated
from services.db.postgresql.schema_upgrade import Schema
from services.db.postgresql.sessions import Presence
from services.errors import StoreUnavailable

log = logging.getLogger(__name__)

CONNECTIONS = 4
TRIES = 5
ASKED = 40
PAUSE_S = 0.05
"""How often (ASKED), and at what interval in seconds, the server is asked whether a transaction was
committed: two seconds in all."""

CHANNEL = "repaint"

_QUEUES: dict[Queue, int] = {
    "admission": 1,
    "claim": 2,
    "fleet": 3,
    "provider": 4,
    "note": 5,
    "report": 6,
}
_LOCK = "SELECT pg_advisory_xact_lock(1380273231, %s)"

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_current_xact_id()::text"

_BROKEN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.IdleInTransactionSessionTimeout,  # psycopg has it as an InternalError (class 25)
)
"""Errors of psycopg that mean a lost connection or an unavailable server."""

R = TypeVar("R")


class PostgresDb:
    """A PostgreSQL connection inside a transaction, as a DbConnection."""

    def __init__(self, connection: Connection, holder: int) -> None:
        """`holder`: the number of this process in leases."""
        self._connection = connection
        self.process_id = holder

    def execute(self, sql: str, parameters: Values = (), /) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run one statement."""
        if isinstance(parameters, dict):
            values = {name: storable(value) for name, value in parameters.items()}
        else:
            values = [storable(value) for value in parameters]
        return self._connection.execute(translated(sql).encode(), values)

    def lock(self, queue: Queue, /) -> None:
        """Take this lock until the transaction ends; wait while another transaction holds it.

        Later statements see that transaction's changes.
        """
        self._connection.execute(_LOCK, [_QUEUES[queue]])

    def notify(self) -> None:
        """Wake the engines of all processes, once this transaction is committed."""
        self._connection.execute("SELECT pg_notify(%s, '')", [CHANNEL])

    def tables_with(self, column: str, /) -> set[str]:
        """Return the tables that have a column of that name."""
        query = (
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND column_name = %s"
        )
        return {name for (name,) in self._connection.execute(query, [column])}


class DatabaseThreads:
    """The PostgreSQL backend: owns the connections and runs transactions on them in parallel."""

    def __init__(self, url: str, schema: Schema | None = None) -> None:
        """`url`: the server's address, which no message repeats. Raises ConfigError."""
        self._parts = parse_url(url)
        self._schema = schema or Schema()
        self._executor = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="database")
        self._mine = threading.local()
        self._connections: set[Connection] = set()
        self._closing = threading.Event()
        self._lines = {queue: asyncio.Lock() for queue in _QUEUES}
        self._presence = Presence(self._parts, CHANNEL, self._schema)

    async def open(self) -> None:
        """Create or migrate the tables; raises ConfigError or StoreUnavailable."""
        await self._run(self._open)
        log.info("database open, PostgreSQL %s", await self._run(self._version))

    async def transact(
        self, work: Callable[[DbConnection], R], *, writes: bool, queue: Queue | None = None
    ) -> R:
        """Run work in a transaction; raise StoreUnavailable if the database is unavailable.

        At most one call with the same `queue` uses a connection at a time: if all connections
        waited for one lock, none would be left for other work.
        """
        async with nullcontext() if queue is None else self._lines[queue]:
            return await self._run(self._whole, work, writes)

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call `wake` whenever another process notifies that a job is due; never return."""
        await self._presence.listen(wake)

    async def scrub(self) -> bool:
        """Do nothing: the server's own vacuum and checkpoints do it."""
        return True

    async def time(self) -> float:
        """Return the server's time in Unix seconds."""
        return await self.transact(_time, writes=False)

    async def close(self) -> None:
        """Close connections and threads."""
        self._closing.set()
        self._presence.close()
        await asyncio.to_thread(self._executor.shutdown)
        for connection in self._connections:
            connection.close()

    async def _run(self, work: Callable[..., R], *args: object) -> R:
        if self._presence.outdated is not None:
            raise StoreUnavailable(self._presence.outdated)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, work, *args)
        except _BROKEN as error:
            raise StoreUnavailable(one_line(error)) from error
        except (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege) as error:
            raise StoreUnavailable(one_line(error)) from error

    def _open(self) -> None:
        self._schema.open(self._connection(), self._presence.begin)

    def _version(self) -> str:
        version = self._connection().info.server_version
        return f"{version // 10_000}.{version % 10_000}"

    def _whole(self, work: Callable[[DbConnection], R], writes: bool) -> R:  # noqa: FBT001  from an executor
        """Run the work in exactly one transaction; retry after conflicts and lost connections."""
        for left in reversed(range(TRIES)):
            connection = self._connection()
            try:
                return self._once(connection, work, writes=writes)
            except (errors.SerializationFailure, errors.DeadlockDetected):
                if not left:
                    raise
            except _BROKEN:
                if not left or not _is_lost(connection):
                    raise
            self._closing.wait(PAUSE_S * (TRIES - 1 - left))
        raise StoreUnavailable("no database connection")

    def _once(
        self, connection: Connection, work: Callable[[DbConnection], R], *, writes: bool
    ) -> R:
        with ExitStack() as undoing:
            undoing.callback(_roll_back, connection)
            begun = connection.execute(_WRITE if writes else _READ)
            number = begun.fetchone() if writes and begun.nextset() else None
            answer = work(PostgresDb(connection, self._presence.holder))
            undoing.pop_all()
        try:
            connection.execute("COMMIT")
        except _BROKEN:
            if number is None or not self._was_kept(number[0], connection.info.backend_pid):
                raise
        return answer

    def _was_kept(self, number: str, backend: int) -> bool:
        """Return whether a transaction whose COMMIT got no response was committed.

        `number` is the transaction's, `backend` its session's. A session that is still open is
        terminated, since its client is gone. Raises StoreUnavailable if it cannot be found out.
        """
        with contextlib.suppress(*_BROKEN):
            connection = self._connection()
            for _ in range(ASKED):
                query = "SELECT pg_xact_status(%s::xid8)"
                [(status,)] = connection.execute(query, [number]).fetchall()
                if status != "in progress":
                    return status == "committed"
                connection.execute("SELECT pg_terminate_backend(%s)", [backend])
                self._closing.wait(PAUSE_S)
        raise StoreUnavailable("unknown whether the transaction was committed")

    def _connection(self) -> Connection:
        """Return this thread's connection; open a new one if it is broken."""
        connection: Connection | None = getattr(self._mine, "connection", None)
        if connection is None or connection.closed:
            if connection is not None:
                self._connections.discard(connection)
            connection = self._mine.connection = connect(self._parts)
            self._connections.add(connection)
        return connection


def _time(db: DbConnection) -> float:
    query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
    return db.execute(query).fetchone()[0]


def _roll_back(connection: Connection) -> None:
    """Roll back an open transaction; ignore errors, as a broken connection has done so itself."""
    with contextlib.suppress(psycopg.Error):
        connection.execute("ROLLBACK")


def _is_lost(connection: Connection) -> bool:
    """Return whether a connection is broken, also if only its next use would show that."""
    if not connection.closed:
        with contextlib.suppress(psycopg.Error):
            connection.execute("")
    return connection.closed


def one_line(error: Exception) -> str:
    """Return an error's text in one line for messages; the server's texts contain no password."""
    return " ".join(str(error).split()) or type(error).__name__
