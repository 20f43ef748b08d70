"""What one of several processes says for all: whoever claims it first, in the database."""

from __future__ import annotations

import platform
from typing import Protocol

from services.db import Store
from services.errors import StoreUnavailable


class Claims(Protocol):
    """Decides which process speaks."""

    async def claim(self, name: str, *, for_s: float) -> bool | None:
        """Claim something for so many seconds; False: another has, None: nobody can be asked."""
        ...

    async def release(self, name: str) -> bool:
        """Let it be claimed anew; False where nobody had claimed it, or nobody can be asked."""
        ...


class OwnClaims:
    """For a process that is alone: it speaks, whatever it may be."""

    async def claim(self, name: str, *, for_s: float) -> None:
        """Ask nobody."""

    async def release(self, name: str) -> bool:
        """Nothing was claimed."""
        del name
        return False


class FleetClaims:
    """For processes that share a database; without it each speaks for itself."""

    def __init__(self, store: Store) -> None:
        """Take the database."""
        self._fleet = store.fleet

    async def claim(self, name: str, *, for_s: float) -> bool | None:
        """Claim it by a row."""
        try:
            return await self._fleet.claim(name, for_s=for_s)
        except StoreUnavailable:
            return None

    async def release(self, name: str) -> bool:
        """Take the row away."""
        try:
            return await self._fleet.release(name)
        except StoreUnavailable:
            return False


def claims_of(store: Store) -> Claims:
    """Return who decides: a file has one process."""
    return FleetClaims(store) if store.is_shared else OwnClaims()


def machine_of(store: Store) -> str:
    """Name this computer where there may be others, for what each of them has of its own."""
    return platform.node() if store.is_shared else ""
