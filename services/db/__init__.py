"""Everything that outlives the process: the only place with SQL.

`Store` groups the calls by what they are about; each call is one whole transaction, so nobody
above ever holds one open across an await.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from services.db import light as light  # first: it says how sqlite-utils is loaded
from services.db.access import Registry
from services.db.admission import Admission
from services.db.backends import on_postgresql
from services.db.backups import backup
from services.db.fleet import Fleet
from services.db.guilds import GuildRows
from services.db.job_queries import Costs
from services.db.jobs import DueJobs, Jobs
from services.db.members import FormDraftRows, MemberDefaults
from services.db.notes import Notes
from services.db.pending_deletes import Deletions
from services.db.privacy import Kept, Personal
from services.db.prompts import Prompts
from services.db.providers import PathKnowledge, Providers, ProviderState
from services.db.queue import Outlooks
from services.db.reports import Filing, ReportBook
from services.db.results import MemberJobRows, Pictures
from services.db.sqlite_thread import DatabaseThread
from services.db.statistics import Figures, Workload
from services.errors import StoreUnavailable
from services.settings.types import Secret

__all__ = [
    "DueJobs",
    "Filing",
    "Kept",
    "PathKnowledge",
    "ProviderState",
    "Store",
    "Workload",
    "backup",
    "existing",
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
        """Take a SQLite file, made when missing, or PostgreSQL's address; and the provider in use.

        For a file: an `executor` of one's own must run everything on one thread (the default: a
        new one). With `alone` no other bot can open the file meanwhile; other calls can. Raises
        ConfigError for an address that is none, or without psycopg.
        """
        self.is_shared = not isinstance(place, Path)
        """Whether other processes may use it too: a file has one bot."""
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
        self.shelf = MemberJobRows(self._thread)
        self.statistics = Figures(self._thread)

    async def __aenter__(self) -> Self:
        """Open and migrate; raises ConfigError or StoreUnavailable, as `open_database` says."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._thread.close)
            await self._thread.open()
            stack.pop_all()  # open: __aexit__ closes it
        return self

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call `wake` when another process has made something due; never ends by itself."""
        await self._thread.listen(wake)

    async def scrub(self) -> bool:
        """Empty the database's own log of what was deleted; False: somebody reads it just now.

        What PostgreSQL keeps of it goes with its own vacuum and checkpoints.
        """
        return await self._thread.scrub()

    async def time(self) -> float | None:
        """Ask for the database's own time in Unix seconds; None: it is this computer's."""
        return await self._thread.time()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close connection and thread."""
        await self._thread.close()


@asynccontextmanager
async def existing(place: Path | Secret, *, provider: str = "") -> AsyncGenerator[Store]:
    """Open a database that is there, beside a running bot; raises StoreUnavailable."""
    if isinstance(place, Path) and not await asyncio.to_thread(place.exists):
        raise StoreUnavailable(f"{place}: there is no database yet")
    async with Store(place, provider=provider) as store:
        yield store
