"""Retention: what is kept for how long, and how much of it.

Pictures leave the disk KEEP_PICTURES_DAYS after their Job was accepted, or sooner, the oldest
first, where the folder holds more than KEEP_PICTURES_GB. The words of a Job, and the name and the
address of its source, are emptied after KEEP_PROMPTS_DAYS. What was chosen before a form opened
is dropped after a day.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.clock import Clock
from services.ids import created_at, is_job_id, lowest_id
from services.open_forms import LIFE_S
from services.store import Store

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
EVERY_S = 3600.0
GIGABYTE = 1000**3

AT_ONCE = 500
"""Rows emptied in one transaction: others wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long and how much; 0: for ever, or without a limit."""

    pictures_days: float = 0.0
    pictures_gb: float = 0.0
    prompts_days: float = 0.0


async def keep_tidy(store: Store, root: Path, *, keeping: Keeping, clock: Clock) -> None:
    """Sweep once an hour until cancelled."""
    while True:
        now = clock.now()
        if keeping.pictures_days:
            await sweep(store, root, before=now - keeping.pictures_days * DAY_S)
        if keeping.pictures_gb:
            await make_room(store, root, most=int(keeping.pictures_gb * GIGABYTE))
        if keeping.prompts_days:
            await empty_words(store, before=now - keeping.prompts_days * DAY_S)
        await store.open_forms.drop(before=lowest_id(now - LIFE_S))
        await clock.sleep(EVERY_S)


async def sweep(store: Store, root: Path, *, before: float) -> int:
    """Remove the folders of Jobs accepted before an instant that need them no more."""
    folders = await asyncio.to_thread(lambda: list(_folders(root)))
    older = [folder for folder in folders if created_at(folder.name) < before]
    return await _remove(store, older)


async def make_room(store: Store, root: Path, *, most: int) -> int:
    """Remove the oldest folders until at most so many bytes are left; open Jobs keep theirs."""
    sizes = await asyncio.to_thread(lambda: [(each, _size(each)) for each in _folders(root)])
    over, removed = sum(size for _, size in sizes) - most, 0
    for folder, size in sorted(sizes):  # a Job's id begins with its time
        if over <= 0:
            break
        if await _remove(store, [folder]):
            over, removed = over - size, removed + 1
    return removed


async def empty_words(store: Store, *, before: float) -> int:
    """Empty prompts of Jobs accepted before an instant, a few at a time."""
    emptied = 0
    while step := await store.prompts.empty(before=lowest_id(before), most=AT_ONCE):
        emptied += step
    if emptied:
        log.info("the words of %s requests emptied", emptied)
    return emptied


async def _remove(store: Store, folders: list[Path]) -> int:
    removed = 0
    for folder in folders:
        if await store.jobs.is_over(folder.name):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            removed += 1
    if removed:
        log.info("%s folders of pictures removed", removed)
    return removed


def _folders(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from (folder for folder in root.iterdir() if is_job_id(folder.name))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
