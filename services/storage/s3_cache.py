"""Copies of the bucket's files on this disk, up to a size limit.

The copies of the least recently used jobs are deleted first.
"""

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
"""Copies requested within so many seconds are not deleted, so that their user can still open
them."""

_MARK = ".bucket"
"""Name of a file with the address of the bucket to which all images on this disk were uploaded."""

_PICTURE = re.compile(r"source(-\d+)?|[0-9a-z]{22}_\d+\.(png|jpg|webp)")
"""Names of sources and results. All other files can be made from them again."""

Keep = Callable[[Sequence[Path]], Awaitable[None]]


class LocalCache:
    """The folder with all copies on this disk, one folder per job."""

    def __init__(self, root: Path, *, url: str, most_bytes: int) -> None:
        """Take the folder; `url` is the bucket's address, `most_bytes` the size limit (0: none)."""
        self._root, self._url, self._most = root, url, most_bytes
        self.are_all_kept = _is_marked(root, url)
        """True if every image on this disk was uploaded to the bucket."""

    def folder(self, job_id: str) -> Path:
        """Return the folder with a job's copies."""
        return self._root / job_id

    async def missing(self, paths: Sequence[Path], *, now: float | None = None) -> list[Path]:
        """Return those of these files that are not on this disk.

        Folders of the files that are count as used at `now`, if it is set.
        """
        return await asyncio.to_thread(_missing, paths, now)

    async def job_ids(self) -> set[str]:
        """Return the ids of all jobs with a folder on this disk."""
        return await asyncio.to_thread(lambda: {one.name for one in job_folders(self._root)})

    async def remove(self, job_ids: Iterable[str]) -> dict[str, str]:
        """Delete the jobs' folders; return those that remain, with the system's error text."""
        return await asyncio.to_thread(remove_folders, list(map(self.folder, job_ids)))

    async def keep_all(self, keep: Keep) -> None:
        """Upload by `keep`, once, the images from before the bucket; raises its errors."""
        if self.are_all_kept:
            return
        for job_id in sorted(await self.job_ids()):
            await keep(await asyncio.to_thread(_pictures, self.folder(job_id)))
        try:
            await asyncio.to_thread(_mark, self._root, self._url)
        except OSError as error:
            raise StoreUnavailable(f"PICTURES_PATH: {error.strerror}") from error
        self.are_all_kept = True
        log.info("all images of the folder are in the bucket")

    async def make_room(self, is_over: IsOver, *, now: float) -> None:
        """Delete the least recently used jobs' copies while the cache exceeds its limit.

        Copies of jobs that are not finished stay.
        """
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
