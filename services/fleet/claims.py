"""Deduplicates operator notifications across processes with a database row."""

from __future__ import annotations

import platform
from typing import Protocol

from services.db import Store
from services.errors import StoreUnavailable


class Claims(Protocol):
    """Decides which process sends a notification."""

    async def claim(self, name: str, *, for_s: float) -> bool | None:
        """Claim a name for some seconds; False: another process has it, None: it is unknown.

        It is unknown if claims are not stored, or the database is unavailable.
        """
        ...

    async def release(self, name: str) -> bool:
        """Release a claim; return False if it was not claimed, or the database is unavailable."""
        ...


class OwnClaims:
    """Claims of a process that runs alone: it always notifies."""

    async def claim(self, name: str, *, for_s: float) -> None:
        """Store no claim and return None, so that the caller sends its notification."""

    async def release(self, name: str) -> bool:
        """Do nothing and return False: a process that runs alone never stores a claim."""
        del name
        return False


class FleetClaims:
    """Claims of processes that share a database. While it is unavailable, each notifies."""

    def __init__(self, store: Store) -> None:
        self._fleet = store.fleet

    async def claim(self, name: str, *, for_s: float) -> bool | None:
        """Insert a row that claims the name, unless another process's claim is still valid."""
        try:
            return await self._fleet.claim(name, for_s=for_s)
        except StoreUnavailable:
            return None

    async def release(self, name: str) -> bool:
        """Delete the claim's row."""
        try:
            return await self._fleet.release(name)
        except StoreUnavailable:
            return False


def make_claims(store: Store) -> Claims:
    """Return the claims for this store: with a database file, the process runs alone."""
    return FleetClaims(store) if store.is_shared else OwnClaims()


def get_machine_name(store: Store) -> str:
    """Return this computer's name if processes share the store, else an empty text.

    Notices about a thing that each computer has, such as its disk, contain the name.
    """
    return platform.node() if store.is_shared else ""
