"""Interfaces of the database that all store calls use, for SQLite and PostgreSQL alike.

Statements are written so that both databases accept them, with `?` or `:name` for values;
`postgresql/dialect.py` translates what differs. A store call gets a `DbConnection` inside its
transaction; the backend (`sqlite_thread.py`, `postgresql/`) begins and commits the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Protocol, TypeVar

from sqlite_utils import Database

R = TypeVar("R")
Row = dict[str, Any]
Values = Sequence[Any] | dict[str, Any]

Queue = Literal["admission", "claim", "fleet", "provider", "note", "report"]
"""Names of advisory locks. Over all processes, only one transaction at a time may hold each. They
serialize: accepting a request, claiming jobs, assigning shards, opening or ending a pause,
replacing a note, filing a report."""


class Cursor(Protocol):
    """The result of a statement: rows as tuples, each readable once."""

    @property
    def description(self) -> Sequence[Any] | None:
        """One entry per column of the result, with the column's name first."""
        ...

    @property
    def rowcount(self) -> int:
        """Number of rows that an INSERT, UPDATE or DELETE without RETURNING changed."""
        ...

    def fetchone(self) -> Any:  # noqa: ANN401  columns of any kind
        """Return the next row, or None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the remaining rows."""
        ...


class DbConnection(Protocol):
    """A database connection inside a transaction."""

    @property
    def process_id(self) -> int:
        """The number of this process in leases; no other process has had the same."""
        ...

    def execute(self, sql: str, parameters: Values = ..., /) -> Cursor:
        """Run one statement."""
        ...

    def lock(self, queue: Queue, /) -> None:
        """Take this lock until the transaction ends; wait while another transaction holds it.

        Later statements see that transaction's changes.
        """
        ...

    def notify(self) -> None:
        """Wake the engines of all processes, once this transaction is committed."""
        ...

    def tables_with(self, column: str, /) -> set[str]:
        """Return the tables that have a column of that name."""
        ...


class Backend(Protocol):
    """Runs the store's calls: one SQLite thread, or a few connections to PostgreSQL."""

    async def open(self) -> None:
        """Create or migrate the tables; raise ConfigError or StoreUnavailable on failure."""
        ...

    async def transact(
        self, work: Callable[[DbConnection], R], *, writes: bool, queue: Queue | None = None
    ) -> R:
        """Run work as one transaction; raise StoreUnavailable if nothing of it was committed.

        `writes`: the work changes rows. `queue` names the advisory lock that the work takes first;
        such calls are serialized before they use a connection.
        """
        ...

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call `wake` whenever another process has made a job due; never return."""
        ...

    async def scrub(self) -> bool:
        """Remove deleted data from the database's own log; return False if that is not possible."""
        ...

    async def time(self) -> float | None:
        """Return the database's own time in Unix seconds; None if it is this computer's."""
        ...

    async def close(self) -> None:
        """Close the database."""
        ...


class SqliteDb(Database):
    """A SQLite connection as a DbConnection.

    The file has one writer at a time and one bot, whose parts wake the engine themselves.
    """

    process_id = 1

    def lock(self, queue: Queue, /) -> None:
        """Do nothing: a write transaction has the file's only write lock from its beginning."""

    def notify(self) -> None:
        """Do nothing: callers in this process wake the engine themselves."""

    def tables_with(self, column: str, /) -> set[str]:
        """Return the tables that have a column of that name."""
        return {name for name in self.table_names() if column in self[name].columns_dict}


def fetch_all(db: DbConnection, query: str, values: Values = ()) -> list[Row]:
    """Return a statement's rows as dicts; sqlite-utils' own `query` would add a savepoint."""
    answer = db.execute(query, values)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def insert(db: DbConnection, table: str, row: Row) -> None:
    """Insert a row. The `insert` of sqlite-utils is not used, as it queries the columns first."""
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)


def set_columns(db: DbConnection, table: str, key: str, row: Row) -> None:
    """Set columns of the row whose column `key` has the value `row[key]`; create it if missing.

    Other columns keep their value or get their default. `row` is not empty and includes the key.
    """
    db.execute(f"INSERT INTO {table} ({key}) VALUES (:{key}) ON CONFLICT ({key}) DO NOTHING", row)
    new = ", ".join(f"{name} = :{name}" for name in row)
    db.execute(f"UPDATE {table} SET {new} WHERE {key} = :{key}", row)
