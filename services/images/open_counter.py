"""Interface to count openings of images in a place that outlives the process."""

from __future__ import annotations

from typing import Protocol


class Opening(Protocol):
    """Counts attempts to open one job's images; a process that dies in one leaves the count."""

    async def begin(self) -> None:
        """Count an attempt; raises ImageTooHeavy if too many earlier ones crashed the process."""
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
"""An Opening that counts nothing: for images that are not opened again automatically after a
restart."""
