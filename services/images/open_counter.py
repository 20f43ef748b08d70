"""Interface to count image openings in a place that outlives the process."""

from __future__ import annotations

from typing import Protocol


class Opening(Protocol):
    """Counts openings of one owner's images; a process that dies on one leaves the count."""

    async def begin(self) -> None:
        """Count an attempt; raises ImageTooHeavy if too many attempts did not finish."""
        ...

    async def finish(self) -> None:
        """Undo the count: the attempt did not crash the process, whatever its result."""
        ...


class _Uncounted:
    async def begin(self) -> None:
        """Do nothing."""

    async def finish(self) -> None:
        """Do nothing."""


UNCOUNTED: Opening = _Uncounted()
"""For images that are not opened again automatically after a restart."""
