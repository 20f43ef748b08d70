"""Image storage in a folder, on this disk or shared by several machines."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from services.common.ids import created_at, is_job_id
from services.models import Result
from services.storage.base import IsOver


class LocalStorage:
    """Image storage in a folder. Files are opened where they are stored, so nothing is copied."""

    def __init__(self, pictures_path: Path) -> None:
        """Take the folder in which each job has a folder."""
        self._pictures_path = pictures_path

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job's files."""
        return self._pictures_path / job_id

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return results in this process's folder: elsewhere a shared one may have other paths."""
        return placed_in(self.folder(job_id), results)

    async def upload(self, paths: Sequence[Path]) -> None:
        """Do nothing: the files are stored already."""

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Do nothing: the files are on this disk already."""

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return those of these files that exist."""
        return await asyncio.to_thread(lambda: {path for path in paths if path.is_file()})

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete the folders of these jobs; return those that remain, with the error text."""
        return await asyncio.to_thread(remove_folders, list(map(self.folder, job_ids)))

    async def job_ids_before(self, before: float) -> list[str]:
        """Return the ids of jobs with a folder that were accepted before an instant."""
        folders = await asyncio.to_thread(lambda: list(job_folders(self._pictures_path)))
        return [each.name for each in folders if created_at(each.name) < before]

    async def sizes(self) -> dict[str, int]:
        """Return the total bytes of each job's folder, by job id."""
        return await asyncio.to_thread(sizes_in, self._pictures_path)

    async def check(self) -> None:
        """Do nothing: this disk is checked elsewhere."""

    async def run_maintenance(self, is_over: IsOver) -> None:
        """Return at once: no work is ever postponed."""

    async def close(self) -> None:
        """Do nothing: nothing is ever transferred."""


def placed_in(folder: Path, results: Iterable[Result]) -> list[Result]:
    """Return results with their paths in the job's folder below `root`."""
    return [replace(result, path=folder / result.path.name) for result in results]


def job_folders(root: Path) -> Iterator[Path]:
    """Yield the folders of jobs below `root`."""
    if root.is_dir():
        yield from (folder for folder in root.iterdir() if is_job_id(folder.name))


def sizes_in(root: Path) -> dict[str, int]:
    """Return the total bytes of each job's folder below `root`, by job id."""
    return {folder.name: _size(folder) for folder in job_folders(root)}


def remove_folders(folders: Iterable[Path]) -> dict[str, str]:
    """Delete folders with their contents; a missing folder is no error.

    Return those that remain, by name, each with its first error text.
    """
    left = {folder.name: _removed(folder) for folder in folders}
    return {name: words for name, words in left.items() if words is not None}


def _removed(folder: Path) -> str | None:
    """Delete a folder; return the error text if it still exists, else None."""
    troubles: list[str] = []
    shutil.rmtree(folder, onerror=lambda _call, _path, error: troubles.append(_words(error[1])))
    return next(iter(troubles), "it is there again") if os.path.lexists(folder) else None


def _words(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
