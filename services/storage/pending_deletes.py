"""Pictures still to be deleted from the bucket: noted on disk, so that no crash forgets them."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from services.errors import StoreUnavailable

Drop = Callable[[Sequence[str]], Awaitable[None]]
"""Deletes all files of some Jobs; raises VaultUnreachable."""


class PendingDeletes:
    """A file for each wish to delete, with a Job's id a line."""

    def __init__(self, folder: Path) -> None:
        """Take the folder for them, made when it is needed."""
        self._folder = folder

    async def note(self, job_ids: Sequence[str]) -> Path:
        """Write a wish down; StoreUnavailable when the disk does not take it."""
        path = self._folder / secrets.token_hex(8)
        try:
            await asyncio.to_thread(_write, path, "\n".join(job_ids))
        except OSError as error:
            raise StoreUnavailable(f"PICTURES_PATH: {error.strerror}") from error
        return path

    async def run(self, errand: Path, drop: Drop) -> None:
        """Do what was noted, and then strike it out."""
        await drop(await asyncio.to_thread(_read, errand))
        await asyncio.to_thread(errand.unlink, missing_ok=True)

    async def run_all(self, drop: Drop) -> None:
        """Do everything that is left."""
        for errand in await asyncio.to_thread(self._left):
            await self.run(errand, drop)

    def _left(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in sorted(self._folder.iterdir()) if path.suffix != ".part"]


def _read(errand: Path) -> list[str]:
    try:
        return errand.read_text("utf-8").split()
    except FileNotFoundError:  # done meanwhile
        return []


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    part.replace(path)
