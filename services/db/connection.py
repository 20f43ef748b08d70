"""The database as every store call sees it: one set of statements for SQLite and PostgreSQL.

Statements are written so that both take them, with `?` or `:name` for values; what the two spell
differently stands in `dialect.py`. A call is given a `Db` inside its transaction and leaves
beginning and committing to whoever runs it (`sqlite_thread.py`, `postgresql/`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Protocol, TypeVar

from sqlite_utils import Database

R = TypeVar("R")
Row = dict[str, Any]
Values = Sequence[Any] | dict[str, Any]

Queue = Literal["admission", "claim", "fleet", "provider", "note", "report"]
"""What one transaction at a time may do, over all processes: admit a Request, claim Jobs, agree on
who holds which shard, open or end a pause, exchange a note."""


class Cursor(Protocol):
    """What a statement came to: rows as tuples, each once."""

    @property
    def description(self) -> Sequence[Any] | None:
        """One entry a column, its name first."""
        ...

    @property
    def rowcount(self) -> int:
        """Rows that an INSERT, UPDATE or DELETE without RETURNING touched."""
        ...

    def fetchone(self) -> Any:  # noqa: ANN401  columns of any kind
        """Return the next row, None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Go through the rows that are left."""
        ...


class DbConnection(Protocol):
    """A database inside a transaction."""

    @property
    def process_id(self) -> int:
        """This process, as the leases name it: no other has had the same number."""
        ...

    def execute(self, sql: str, parameters: Values = ..., /) -> Cursor:
        """Run one statement."""
        ...

    def lock(self, queue: Queue, /) -> None:
        """Wait until no other transaction does the same; the next statement sees what it did."""
        ...

    def notify(self) -> None:
        """Wake the engines of all processes once this is committed."""
        ...

    def tables_with(self, column: str, /) -> set[str]:
        """Find the tables that have a column of that name."""
        ...


class Backend(Protocol):
    """What runs the store's calls: SQLite's one thread, or a few connections to PostgreSQL."""

    async def open(self) -> None:
        """Make the tables or bring them up to date; raises ConfigError, StoreUnavailable."""
        ...

    async def transact(
        self, work: Callable[[DbConnection], R], *, writes: bool, queue: Queue | None = None
    ) -> R:
        """Run work as one transaction; StoreUnavailable when nothing of it is kept.

        `queue`: the work begins by waiting for that, so calls of it wait in line outside.
        """
        ...

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call `wake` when another process has made something due; never ends by itself."""
        ...

    async def scrub(self) -> bool:
        """Empty the database's own log of what was deleted, as far as that is ours to do."""
        ...

    async def time(self) -> float | None:
        """Ask for the database's own time in Unix seconds; None where it has none."""
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...


class SqliteDb(Database):
    """SQLite: the file has one writer at a time, and its one process wakes itself."""

    process_id = 1

    def lock(self, queue: Queue, /) -> None:
        """Nothing: a write transaction began with the file's only write lock."""

    def notify(self) -> None:
        """Nothing: whoever changed something in this process wakes its engine."""

    def tables_with(self, column: str, /) -> set[str]:
        """Find the tables that have a column of that name."""
        return {name for name in self.table_names() if column in self[name].columns_dict}


def fetch_all(db: DbConnection, query: str, values: Values = ()) -> list[Row]:
    """Return the rows of a statement; sqlite-utils' own `query` sets a savepoint round each."""
    answer = db.execute(query, values)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def insert(db: DbConnection, table: str, row: Row) -> None:
    """Insert a row; the library's own way would ask for the table's form first."""
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)
