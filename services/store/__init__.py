"""Everything that outlives the process: the only place with SQL.

`Store` groups the calls by what they are about; each call is one whole transaction, so nobody
above ever holds one open across an await.
"""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from services.store import light as light  # first: it says how sqlite-utils is loaded
from services.store.admission import Admission
from services.store.community import Decisions
from services.store.copying import backup
from services.store.costs import Costs
from services.store.jobs import Jobs, Taken
from services.store.notes import Notes
from services.store.open_forms import OpenForms
from services.store.outlooks import Outlooks
from services.store.personal import Kept, Personal
from services.store.pictures import Pictures
from services.store.preferences import MemberDefaults
from services.store.prompts import Prompts
from services.store.providers import Providers, ProviderState
from services.store.shelf import Shelf
from services.store.statistics import Figures, Workload
from services.store.thread import DatabaseThread

__all__ = ["Kept", "ProviderState", "Store", "Taken", "Workload", "backup"]


class Store(AbstractAsyncContextManager["Store"]):
    """The database: `async with Store(path, provider=name) as store`."""

    def __init__(
        self,
        path: Path,
        *,
        provider: str,
        executor: Executor | None = None,
        alone: bool = False,
    ) -> None:
        """Take the file, made when missing, and the name of the provider in use.

        An `executor` of one's own must run everything on one thread (the default: a new one). With
        `alone` no other bot can open the file meanwhile; other calls can.
        """
        self._thread = DatabaseThread(path, executor=executor, alone=alone)
        self.admission = Admission(self._thread, provider=provider)
        self.community = Decisions(self._thread)
        self.costs = Costs(self._thread)
        self.open_forms = OpenForms(self._thread)
        self.jobs = Jobs(self._thread, provider=provider)
        self.prompts = Prompts(self._thread)
        self.preferences = MemberDefaults(self._thread, provider=provider)
        self.pictures = Pictures(self._thread)
        self.providers = Providers(self._thread, provider=provider)
        self.notes = Notes(self._thread)
        self.outlooks = Outlooks(self._thread, provider=provider)
        self.personal = Personal(self._thread)
        self.shelf = Shelf(self._thread)
        self.statistics = Figures(self._thread)

    async def __aenter__(self) -> Self:
        """Open and migrate; raises ConfigError or StoreUnavailable, as `open_database` says."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._thread.close)
            await self._thread.open()
            stack.pop_all()  # open: __aexit__ closes it
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close connection and thread."""
        await self._thread.close()
