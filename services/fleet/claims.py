"""Deduplicates operator notifications across processes with a database row."""

from __future__ import annotations

import platform
from typing import Protocol

from services.db import Store
from services.errors import StoreUnavailable


class Claims(Protocol):
    """Decides which process sends a notification."""

    async def claim(self, name: str, *, for_s: float) -> bool | None:
        """Claim a name for some seconds; False: another process has it, None: unknown."""
        ...

    async def release(self, name: str) -> bool:
        """Release a claim; False if it was not claimed, or if the database is unavailable."""
        ...


class OwnClaims:
    """Claims of a process that runs alone: it always notifies."""

    async def claim(self, name: str, *, for_s: float) -> None:
        """Return None: there is no other process."""

    async def release(self, name: str) -> bool:
        """Return False: claims are not stored."""
        del name
        return False


class FleetClaims:
    """Claims of processes that share a database. While it is unavailable, each process notifies."""

    def __init__(self, store: Store) -> None:
        self._fleet = store.fleet

    async def claim(self, name: str, *, for_s: float) -> bool | None:
        """Claim the name with a row."""
        try:
            return await self._fleet.claim(name, for_s=for_s)
        except StoreUnavailable:
            return None

    async def release(self, name: str) -> bool:
        """Delete the row."""
        try:
            return await self._fleet.release(name)
        except StoreUnavailable:
            return False


def make_claims(store: Store) -> Claims:
    """Return the claims that fit the store: a database file has only one process."""
    return FleetClaims(store) if store.is_shared else OwnClaims()


def get_machine_name(store: Store) -> str:
    """Return this computer's name if processes share the store, else an empty text.

    Notices about something that each computer has, such as its disk, name it.
    """
    return platform.node() if store.is_shared else ""
