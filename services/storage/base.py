"""What everybody else knows of the place where pictures are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from services.models import Result

IsOver = Callable[[str], Awaitable[bool]]
"""Tells whether nothing more will be done for a Job, by its id."""


class ImageStorage(Protocol):
    """Keeps each Job's pictures under its id; files lie on this disk while somebody uses them.

    A path is always one on this disk, in the folder of a Job. What can not be done just now raises
    StoreUnavailable: the same again later.
    """

    def folder(self, job_id: str) -> Path:
        """Return where a Job's files lie on this disk; it need not be there."""
        ...

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return Results with their paths on this disk: another process wrote its own."""
        ...

    async def upload(self, paths: Sequence[Path]) -> None:
        """Put files where they outlive this disk; those that are not there are left out."""
        ...

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Let files lie on this disk, as far as they are kept at all."""
        ...

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return those of the files that can be had."""
        ...

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete all files of some Jobs; what a store can not be told now is deleted later.

        Returns the Jobs whose files are still on this disk, each with the disk's words.
        """
        ...

    async def job_ids_before(self, before: float) -> list[str]:
        """Return the ids of Jobs with files that were accepted before an instant."""
        ...

    async def sizes(self) -> dict[str, int]:
        """Return how many bytes each Job's files take, by its id."""
        ...

    async def check(self) -> None:
        """Raise StoreUnavailable when nothing could be kept now; this disk is not looked at."""
        ...

    async def run_maintenance(self, is_over: IsOver) -> None:
        """Catch up on what could not be done at once, until cancelled; may end by itself."""
        ...

    async def close(self) -> None:
        """Let go of what is under way."""
        ...
