"""Interface of a store of short texts that outlive the process; `Store.notes` implements it."""

from __future__ import annotations

from typing import Protocol


class KeyValueStore(Protocol):
    """Stores short texts under names. All methods raise StoreUnavailable."""

    async def get(self, name: str) -> str | None:
        """Return the text stored under a name."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Store a text, replacing the previous one."""
        ...

    async def swap(self, name: str, text: str) -> str | None:
        """Store a text and return the previous one."""
        ...
