"""Pictures on this disk alone, or in a folder that several machines share: nothing to carry."""

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
    """Looks at the disk, and does nothing else."""

    def __init__(self, pictures_path: Path) -> None:
        """Take the folder of all pictures."""
        self._pictures_path = pictures_path

    def folder(self, job_id: str) -> Path:
        """Return where a Job's files lie."""
        return self._pictures_path / job_id

    def local_paths(self, job_id: str, results: Iterable[Result]) -> list[Result]:
        """Return Results in this process's folder: a shared one has another name elsewhere."""
        return placed_in(self.folder(job_id), results)

    async def upload(self, paths: Sequence[Path]) -> None:
        """Do nothing: they lie where they are kept."""

    async def ensure_local(self, paths: Sequence[Path]) -> None:
        """Do nothing: they lie where they are used."""

    async def existing(self, paths: Sequence[Path]) -> set[Path]:
        """Return those that are there."""
        return await asyncio.to_thread(lambda: {path for path in paths if path.is_file()})

    async def delete(self, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Delete folders; return those that are still there."""
        return await asyncio.to_thread(remove_folders, list(map(self.folder, job_ids)))

    async def job_ids_before(self, before: float) -> list[str]:
        """Return the ids of older Jobs."""
        folders = await asyncio.to_thread(lambda: list(job_folders(self._pictures_path)))
        return [each.name for each in folders if created_at(each.name) < before]

    async def sizes(self) -> dict[str, int]:
        """Measure all folders."""
        return await asyncio.to_thread(sizes_in, self._pictures_path)

    async def check(self) -> None:
        """Do nothing."""

    async def run_maintenance(self, is_over: IsOver) -> None:
        """End at once: nothing is ever left undone."""

    async def close(self) -> None:
        """Do nothing."""


def placed_in(folder: Path, results: Iterable[Result]) -> list[Result]:
    """Return Results with their paths in a folder."""
    return [replace(result, path=folder / result.path.name) for result in results]


def job_folders(root: Path) -> Iterator[Path]:
    """Go through the folders of Jobs."""
    if root.is_dir():
        yield from (folder for folder in root.iterdir() if is_job_id(folder.name))


def sizes_in(root: Path) -> dict[str, int]:
    """Return the bytes in each Job's folder, by its id."""
    return {folder.name: _size(folder) for folder in job_folders(root)}


def remove_folders(folders: Iterable[Path]) -> dict[str, str]:
    """Delete folders with all that is in them; one that is not there is no trouble.

    Returns those that are there afterwards, by name, each with the first trouble met.
    """
    left = {folder.name: _removed(folder) for folder in folders}
    return {name: words for name, words in left.items() if words is not None}


def _removed(folder: Path) -> str | None:
    """Delete a folder; return why it is still there, None where it is not."""
    troubles: list[str] = []
    shutil.rmtree(folder, onerror=lambda _call, _path, error: troubles.append(_words(error[1])))
    return next(iter(troubles), "it is there again") if os.path.lexists(folder) else None


def _words(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
