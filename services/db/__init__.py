"""The database: stores everything that outlives the process. No other package contains SQL.

`Store` groups the calls by subject. Each call is one whole transaction, so no caller ever holds a
transaction open across an await.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from services.db import light as light  # first: it imports sqlite-utils without numpy, pandas
from services.db.access import Registry
from services.db.admission import Admission
from services.db.backends import move, on_postgresql
from services.db.backups import backup, require_file
from services.db.check import examine
from services.db.check_result import Checkup
from services.db.connection import DbConnection, Queue, Values
from services.db.fleet import Fleet, FleetView, Heartbeat, ShardLease
from services.db.guilds import GuildRows
from services.db.job_queries import Costs
from services.db.jobs import DueJobs, Jobs
from services.db.members import LIFE_S, FormDraftRows, MemberDefaults
from services.db.migration_names import needed
from services.db.notes import Notes
from services.db.pending_deletes import Deletions
from services.db.privacy import Personal, StoredJob
from services.db.prompts import Prompts
from services.db.providers import PathKnowledge, Providers, ProviderState
from services.db.queue import Outlooks
from services.db.reports import Filing, ReportBook
from services.db.restore import put_back
from services.db.results import MemberJobRows, Pictures
from services.db.sqlite_thread import DatabaseThread
from services.db.statistics import Figures, Workload
from services.errors import StoreUnavailable
from services.settings import Secret

__all__ = [
    "LIFE_S",
    "Checkup",
    "DbConnection",
    "DueJobs",
    "Filing",
    "FleetView",
    "Heartbeat",
    "PathKnowledge",
    "ProviderState",
    "Queue",
    "ShardLease",
    "Store",
    "StoredJob",
    "Values",
    "Workload",
    "backup",
    "examine",
    "existing",
    "move",
    "needed",
    "put_back",
    "require_file",
]


class Store(AbstractAsyncContextManager["Store"]):
    """The database: `async with Store(place, provider=name) as store`."""

    def __init__(
        self,
        place: Path | Secret,
        *,
        provider: str,
        executor: Executor | None = None,
        exclusive: bool = False,
    ) -> None:
        """Connect to a SQLite file (created if missing) or to PostgreSQL.

        Args:
            place: The path of the file, or PostgreSQL's address.
            provider: The name of the provider in use.
            executor: For a file: runs all work; it must use one thread only (default: a new one).
            exclusive: For a file: keep other bots from opening it; commands still can.

        Raises:
            ConfigError: The address is invalid, or psycopg is not installed.
        """
        self.is_shared = not isinstance(place, Path)
        """Whether other processes may use it too; a SQLite file belongs to one bot."""
        if isinstance(place, Path):
            self._thread = DatabaseThread(place, executor=executor, exclusive=exclusive)
        else:
            self._thread = on_postgresql(place)
        self.access = Registry(self._thread)
        self.admission = Admission(self._thread, provider=provider)
        self.community = GuildRows(self._thread)
        self.costs = Costs(self._thread)
        self.deletions = Deletions(self._thread)
        self.open_forms = FormDraftRows(self._thread)
        self.fleet = Fleet(self._thread)
        self.jobs = Jobs(self._thread, provider=provider)
        self.prompts = Prompts(self._thread)
        self.preferences = MemberDefaults(self._thread, provider=provider)
        self.pictures = Pictures(self._thread)
        self.providers = Providers(self._thread, provider=provider)
        self.notes = Notes(self._thread)
        self.outlooks = Outlooks(self._thread, provider=provider)
        self.personal = Personal(self._thread)
        self.reports = ReportBook(self._thread)
        self.member_jobs = MemberJobRows(self._thread)
        self.statistics = Figures(self._thread)

    async def __aenter__(self) -> Self:
        """Open and migrate the database.

        Raises ConfigError or StoreUnavailable, as `open_database` does.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._thread.close)
            await self._thread.open()
            stack.pop_all()  # opened: __aexit__ closes it
        return self

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call `wake` whenever another process has made a job due; never return."""
        await self._thread.listen(wake)

    async def scrub(self) -> bool:
        """Remove deleted data from SQLite's write-ahead log; return False if a reader prevents it.

        For PostgreSQL this does nothing: its own vacuum and checkpoints do it.
        """
        return await self._thread.scrub()

    async def time(self) -> float | None:
        """Return PostgreSQL's time in Unix seconds; None for a file (this computer's time)."""
        return await self._thread.time()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection and its thread."""
        await self._thread.close()


@asynccontextmanager
async def existing(place: Path | Secret, *, provider: str = "") -> AsyncGenerator[Store]:
    """Open an existing database, even while a bot uses it.

    Raises StoreUnavailable if there is none.
    """
    if isinstance(place, Path) and not await asyncio.to_thread(place.exists):
        raise StoreUnavailable(f"{place}: there is no database yet")
    async with Store(place, provider=provider) as store:
        yield store
