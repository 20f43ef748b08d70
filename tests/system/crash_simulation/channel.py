"""A Discord that loses requests and answers: the messages that users see, and source images."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.engine import Progress
from services.errors import DiscordUnreachable, DownloadFailed, MayNotPost, StoreUnavailable
from services.images import Ready
from services.models import Job, Result
from tests.system.crash_simulation.provider import LOST, PIXEL, Disk


@dataclass
class LossyChannel:
    """The messages that users see, one per job and edited in place, and the operators' alerts."""

    chance: random.Random
    shown: dict[str, list[str]] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)
    pings: dict[str, int] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    """How many images each job's message had at the last delivery."""

    async def update_progress(self, job: Job, progress: Progress) -> None:
        await asyncio.sleep(self.chance.uniform(0.02, 0.3))

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        for result in results:
            assert result.path.read_bytes() == PIXEL, "a result was not on disk"
        assert 0 < len(results) <= job.units  # images that stay unavailable are left behind
        self.images[job.id] = len(results)
        await self._post(job, "pictures")

    async def notify_outcome(self, job: Job) -> None:
        await self._post(job, job.state.value)

    async def mention(self, job: Job) -> None:
        self.pings[job.id] = self.pings.get(job.id, 0) + 1
        await asyncio.sleep(self.chance.uniform(0.02, 0.3))

    async def alert(self, key: str, **_facts: str) -> None:
        self.alerts.append(key)

    async def _post(self, job: Job, what: str) -> None:
        await asyncio.sleep(self.chance.uniform(0.02, 0.3))
        if self.chance.random() < LOST:
            raise DiscordUnreachable("lost on its way")
        if self.chance.random() < LOST / 5:
            raise MayNotPost("50013")
        self.shown.setdefault(job.id, []).append(what)
        await asyncio.sleep(self.chance.uniform(0.02, 0.3))
        if self.chance.random() < LOST:
            raise DiscordUnreachable("the answer was lost")


@dataclass
class LossySources:
    """Source images; Discord's CDN loses requests too."""

    folder_of_all: Path
    chance: random.Random
    disk: Disk

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        await asyncio.sleep(self.chance.uniform(0.02, 0.3))
        if self.chance.random() < LOST:
            raise DownloadFailed("no answer")
        if self.disk.is_full():
            raise StoreUnavailable("source not written: No space left on device")
        picture = Ready(picture=self.folder(job.id) / "source", width=640, height=480)
        return [picture] * len(job.request.sources)

    def folder(self, job_id: str) -> Path:
        path = self.folder_of_all / job_id
        path.mkdir(exist_ok=True)
        return path
