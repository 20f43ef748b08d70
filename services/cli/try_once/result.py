"""Result of `bot.py try`, as one JSON object for scripts."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Literal

from services.engine import SUFFIXES
from services.errors import BotError, DownloadFailed, KlingError
from services.kling import Endpoint, KlingClient, Task


class Exit(IntEnum):
    """Exit statuses of `bot.py try`; options.EXIT_CODES explains them to users."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNFINISHED = 3
    INTERRUPTED = 130


Status = Literal[
    "done", "not_saved", "failed", "not_sent", "unfinished", "uncertain", "interrupted"
]

_EXITS: dict[Status, Exit] = {
    "done": Exit.DONE,
    "not_saved": Exit.FAILED,
    "failed": Exit.FAILED,
    "not_sent": Exit.USAGE,
    "unfinished": Exit.UNFINISHED,
    "uncertain": Exit.UNFINISHED,
    "interrupted": Exit.INTERRUPTED,
}


@dataclass(slots=True, kw_only=True)
class Saved:
    """A result file on disk; `size` is in bytes."""

    path: str
    width: int
    height: int
    size: int


@dataclass(slots=True, kw_only=True)
class Picture:
    """One result image: its URLs, and its files if it was saved."""

    index: int
    url: str
    watermark_url: str | None = None
    file: Saved | None = None
    watermark_file: Saved | None = None


@dataclass(slots=True, kw_only=True)
class Trouble:
    """The error of a run: its type, its text for users, and the provider's own text."""

    kind: str
    words: str
    code: int | str | None = None
    message: str | None = None
    http_status: int | None = None
    request_id: str | None = None


@dataclass(slots=True, kw_only=True)
class TryResult:
    """Facts about a run, for scripts; unknown fields stay None."""

    status: Status = "not_sent"
    provider: str
    model: str | None = None
    endpoint: str | None = None
    task_id: str | None = None
    external_task_id: str | None = None
    seconds: float | None = None
    """Duration of the run, from the first call to the provider to the end."""
    unit_deduction: str | None = None
    request_id: str | None = None
    images: list[Picture] = field(default_factory=list[Picture])
    resume: str | None = None
    """The command line that resumes the task."""
    error: Trouble | None = None

    @property
    def exit(self) -> Exit:
        """The exit status."""
        return _EXITS[self.status]

    def as_json(self) -> dict[str, object]:
        """Return the result as JSON types."""
        return {**asdict(self), "exit": int(self.exit)}

    def is_about(self, task_id: str, endpoint: Endpoint) -> None:
        """Store the task's id and endpoint."""
        self.task_id, self.endpoint = task_id or None, str(endpoint)

    def took_in(self, task: Task) -> None:
        """Store the data of a finished task."""
        self.is_about(task.task_id or self.task_id or "", task.endpoint)
        self.external_task_id = task.external_task_id or self.external_task_id
        self.unit_deduction = None if task.unit_deduction is None else str(task.unit_deduction)
        self.request_id = task.request_id
        self.images = [
            Picture(index=each.index, url=each.url, watermark_url=each.watermark_url)
            for each in task.images
        ]


def describe_error(error: BotError | OSError, *, words: str) -> Trouble:
    """Return a Trouble with the fields of an error."""
    made = Trouble(kind=type(error).__name__, words=words)
    if isinstance(error, KlingError):
        made.code, made.message = error.code, error.message or None
        made.http_status, made.request_id = error.http_status, error.request_id
    return made


# Saving results to a folder, with the task's id in their names.

LONGEST_NAME = 80
"""Maximum characters of a task id in a file name."""


async def save(kling: KlingClient, task: Task, pictures: list[Picture], folder: Path) -> None:
    """Download every image into the folder and store its path; raises DownloadFailed.

    If a link has expired, a new one is fetched once.
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
