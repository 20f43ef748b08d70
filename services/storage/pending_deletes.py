"""Deletions that the bucket has not carried out yet, recorded on disk in case of a crash."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from services.errors import StoreUnavailable

Drop = Callable[[Sequence[str]], Awaitable[None]]
"""An async function that deletes all files of jobs in the bucket; raises VaultUnreachable."""


class PendingDeletes:
    """A folder with a file for each pending deletion, with one job id per line."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is created when it is needed."""
        self._folder = folder

    async def record(self, job_ids: Sequence[str]) -> Path:
        """Record a deletion and return its file; raises StoreUnavailable if the disk refuses it."""
        path = self._folder / secrets.token_hex(8)
        try:
            await asyncio.to_thread(_write, path, "\n".join(job_ids))
        except OSError as error:
            raise StoreUnavailable(f"PICTURES_PATH: {error.strerror}") from error
        return path

    async def run(self, record_path: Path, drop: Drop) -> None:
        """Carry out a recorded deletion by `drop`, then delete its record."""
        await drop(await asyncio.to_thread(_read, record_path))
        await asyncio.to_thread(record_path.unlink, missing_ok=True)

    async def run_all(self, drop: Drop) -> None:
        """Carry out all recorded deletions by `drop`."""
        for record_path in await asyncio.to_thread(self._left):
            await self.run(record_path, drop)

    def _left(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in sorted(self._folder.iterdir()) if path.suffix != ".part"]


def _read(record_path: Path) -> list[str]:
    try:
        return record_path.read_text("utf-8").split()
    except FileNotFoundError:  # carried out in the meantime
        return []


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    part.replace(path)
