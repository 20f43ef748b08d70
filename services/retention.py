"""Retention: pictures leave the disk KEEP_PICTURES_DAYS after their Job was accepted."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.clock import Clock
from services.ids import created_at, is_job_id
from services.store import Store

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
EVERY_S = 3600.0


async def keep_tidy(store: Store, root: Path, *, keep_days: float, clock: Clock) -> None:
    """Sweep once an hour until cancelled; 0 days keeps everything."""
    while keep_days:
        swept = await sweep(store, root, before=clock.now() - keep_days * DAY_S)
        if swept:
            log.info("%s folders of pictures removed after %g days", swept, keep_days)
        await clock.sleep(EVERY_S)


async def sweep(store: Store, root: Path, *, before: float) -> int:
    """Remove the folders of Jobs accepted before an instant that need them no more."""
    swept = 0
    for folder in await asyncio.to_thread(lambda: list(_older(root, before))):
        if await store.jobs.is_over(folder.name):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            swept += 1
    return swept


def _older(root: Path, before: float) -> Iterator[Path]:
    if root.is_dir():
        for folder in root.iterdir():
            if is_job_id(folder.name) and created_at(folder.name) < before:
                yield folder
