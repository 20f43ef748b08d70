"""Counting, where it outlives the process, that an image is being opened."""

from __future__ import annotations

from typing import Protocol


class Opening(Protocol):
    """Knows of whom an image is; a process that dies over it leaves the count as it is."""

    async def begin(self) -> None:
        """Count a try; raises ImageTooHeavy where too many did not come to an end."""
        ...

    async def finish(self) -> None:
        """Take the try back: it did no harm, whatever came of it."""
        ...


class _Uncounted:
    async def begin(self) -> None:
        """Count nothing."""

    async def finish(self) -> None:
        """Count nothing."""


UNCOUNTED: Opening = _Uncounted()
"""For images that nobody opens again by himself after a restart."""
