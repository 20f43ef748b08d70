"""The interface of the image storage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from services.models import Result

IsOver = Callable[[str], Awaitable[bool]]
"""Returns whether a job, given by its id, needs no more processing."""


class ImageStorage(Protocol):
    """Stores each job's images under the job's id; files are on this disk while they are used.

    A path is always on this disk, in the folder of a job. An operation that is not possible right
    now raises StoreUnavailable; a retry may succeed.
    """

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job's files on this disk; it need not exist."""
        ...

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return results with their paths on this disk: another process may have stored its own."""
        ...

    async def upload(self, paths: Sequence[Path]) -> None:
        """Store files so that they outlive this disk; missing files are skipped."""
        ...

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Copy stored files to this disk; files that are not stored are skipped."""
        ...

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return the files that are stored."""
        ...

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete all files of the jobs; what the storage cannot delete now is deleted later.

        Returns the jobs whose files are still on this disk, each with the system's error text.
        """
        ...

    async def job_ids_before(self, before: float) -> list[str]:
        """Return the ids of jobs with files that were accepted before an instant."""
        ...

    async def sizes(self) -> dict[str, int]:
        """Return the bytes of each job's files, by job id."""
        ...

    async def check(self) -> None:
        """Raise StoreUnavailable if nothing can be stored now. This disk is not checked."""
        ...

    async def run_maintenance(self, is_over: IsOver) -> None:
        """Retry postponed work until cancelled; may return by itself."""
        ...

    async def close(self) -> None:
        """Abandon running transfers."""
        ...
