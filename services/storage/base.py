"""The interface of the storage of image files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from services.models import Result

IsOver = Callable[[str], Awaitable[bool]]
"""An async function that returns whether nothing is left to do for the job with an id."""


class ImageStorage(Protocol):
    """Stores each job's image files under the job's id; code opens them on this disk.

    A path is always on this disk, in the folder of a job. An operation that is not possible right
    now raises StoreUnavailable; a retry may succeed.
    """

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job's files on this disk; it need not exist."""
        ...

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return results with paths on this disk: another process may have stored its own."""
        ...

    async def upload(self, paths: Sequence[Path]) -> None:
        """Store these files so that they outlive this disk; missing files are skipped."""
        ...

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Copy these files from storage to this disk; files that are not stored are skipped."""
        ...

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return those of these files that are stored."""
        ...

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete all files of these jobs; if the bucket is unavailable, it is retried later.

        Return the jobs whose files are still on this disk, each with the system's error text.
        """
        ...

    async def job_ids_before(self, before: float) -> list[str]:
        """Return the ids of jobs with stored files that were accepted before an instant."""
        ...

    async def sizes(self) -> dict[str, int]:
        """Return the total bytes of each job's stored files, by job id."""
        ...

    async def check(self) -> None:
        """Raise StoreUnavailable if the bucket cannot store files now. This disk is not checked."""
        ...

    async def run_maintenance(self, is_over: IsOver) -> None:
        """Retry postponed work until cancelled; returns at once if there never is any."""
        ...

    async def close(self) -> None:
        """Abandon transfers that are still running."""
        ...
