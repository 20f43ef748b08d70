"""Copies on this disk of what is in the bucket: as many as there is room for, the latest used."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from services.errors import StoreUnavailable
from services.storage.base import IsOver
from services.storage.local import job_folders, remove_folders, sizes_in

log = logging.getLogger(__name__)

IN_USE_S = 900.0
"""A copy that somebody has just asked for stays until they have surely opened it."""

_MARK = ".bucket"
"""Names the bucket that has everything that lay here."""

_PICTURE = re.compile(r"source(-\d+)?|[0-9a-z]{22}_\d+\.(png|jpg|webp)")
"""What came in and what came out; all else is made from these again when it is needed."""

Keep = Callable[[Sequence[Path]], Awaitable[None]]


class LocalCache:
    """The folder of all copies."""

    def __init__(self, root: Path, *, url: str, most_bytes: int) -> None:
        """Take the folder, the bucket's address, and how much may lie here (0: any amount)."""
        self._root, self._url, self._most = root, url, most_bytes
        self.are_all_kept = _is_marked(root, url)
        """Whether nothing lies here that the bucket was never given."""

    def folder(self, job_id: str) -> Path:
        """Return where a Job's copies lie."""
        return self._root / job_id

    async def missing(self, paths: Sequence[Path], *, now: float | None = None) -> list[Path]:
        """Return those that are not here; those that are count as used `now`."""
        return await asyncio.to_thread(_missing, paths, now)

    async def job_ids(self) -> set[str]:
        """Return the ids of all Jobs with a folder."""
        return await asyncio.to_thread(lambda: {one.name for one in job_folders(self._root)})

    async def remove(self, job_ids: Iterable[str]) -> dict[str, str]:
        """Delete some Jobs' folders; return those that are still there, with the disk's words."""
        return await asyncio.to_thread(remove_folders, list(map(self.folder, job_ids)))

    async def keep_all(self, keep: Keep) -> None:
        """Give the bucket, once, what lay here before it; raises what `keep` does."""
        if self.are_all_kept:
            return
        for job_id in sorted(await self.job_ids()):
            await keep(await asyncio.to_thread(_pictures, self.folder(job_id)))
        try:
            await asyncio.to_thread(_mark, self._root, self._url)
        except OSError as error:
            raise StoreUnavailable(f"PICTURES_PATH: {error.strerror}") from error
        self.are_all_kept = True
        log.info("all pictures that lay here are in the bucket")

    async def make_room(self, is_over: IsOver, *, now: float) -> None:
        """Delete the folders that were not used for longest, while there is too much."""
        if not self._most:
            return
        sizes = await asyncio.to_thread(sizes_in, self._root)
        over = sum(sizes.values()) - self._most
        for used_at, job_id in sorted(await asyncio.to_thread(self._used, sizes)):
            if over <= 0 or used_at > now - IN_USE_S:
                return
            if await is_over(job_id):
                await self.remove([job_id])
                over -= sizes[job_id]

    def _used(self, job_ids: Iterable[str]) -> list[tuple[float, str]]:
        folders = ((self.folder(job_id), job_id) for job_id in job_ids)
        return [(folder.stat().st_mtime, name) for folder, name in folders if folder.is_dir()]


def _missing(paths: Sequence[Path], now: float | None) -> list[Path]:
    for folder in {path.parent for path in paths}:
        if now is not None and folder.is_dir():
            os.utime(folder, (now, now))
    return [path for path in paths if not path.is_file()]


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if _PICTURE.fullmatch(path.name)]


def _is_marked(root: Path, url: str) -> bool:
    try:
        return (root / _MARK).read_text("utf-8") == url
    except OSError:
        return False


def _mark(root: Path, url: str) -> None:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    (root / _MARK).write_text(url, "utf-8")
