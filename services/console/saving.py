"""Results of a trial to a folder, under names that say which task they are of."""

from __future__ import annotations

import re
from pathlib import Path

from services.console.reports import Picture, Saved
from services.engine.fetching import SUFFIXES
from services.errors import DownloadFailed
from services.kling import KlingClient, Task

LONGEST_NAME = 80
"""Characters of a task id in a file's name."""


async def save(kling: KlingClient, task: Task, pictures: list[Picture], folder: Path) -> None:
    """Download every picture into the folder and note where it is; raises DownloadFailed.

    A link that has lapsed is asked for afresh, once.
    """
    stem = re.sub(r"[^\w.-]+", "_", task.task_id)[:LONGEST_NAME].lstrip(".") or "picture"
    for at, picture in enumerate(pictures):
        path = folder / f"{stem}_{at + 1}"
        try:
            picture.file = await _saved(kling, picture.url, path)
        except DownloadFailed as failure:
            if not failure.lapsed or not task.task_id:
                raise
            fresh = await kling.fetch(task.task_id, endpoint=task.endpoint)
            if at >= len(fresh.images):
                raise
            picture.url = fresh.images[at].url
            picture.file = await _saved(kling, picture.url, path)
        if picture.watermark_url:
            marked = path.with_name(f"{path.name}_marked")
            picture.watermark_file = await _saved(kling, picture.watermark_url, marked)


async def _saved(kling: KlingClient, url: str, path: Path) -> Saved:
    got = await kling.download(url, path)
    named = got.path.rename(path.with_name(path.name + SUFFIXES[got.content_type]))
    return Saved(path=str(named), width=got.width, height=got.height, size=got.size)
