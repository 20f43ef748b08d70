"""A user's own data: exported as a file (`/my-data`), and deleted on request (`/forget-me`).

Only numbers remain: a job's state, times, units and cost. They stay under the user's id until the
quota day in which they count is over, so that a user cannot evade limits by a deletion; then the id
is removed.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from services.common.clock import Clock
from services.db import Store, StoredJob
from services.models import Result
from services.policy import find_day
from services.storage import ImageStorage, delete_pictures

log = logging.getLogger(__name__)

FILE_BYTES = 9_000_000
"""A larger file is compressed; Discord accepts 10 MiB in any channel."""

EVERY_S = 3600.0

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The file with a user's data: its name and content."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Outcome of a deletion of a user's data."""

    jobs: int
    pending: int
    """Number of jobs whose images could not be deleted yet; that is retried."""


class PersonalData:
    """Exports and deletes the data stored about one user."""

    def __init__(
        self,
        *,
        store: Store,
        storage: ImageStorage,
        zone: ZoneInfo,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """Take the services needed.

        `zone` is the time zone of quotas; `wake` tells the engine that rows have changed.
        """
        self._store = store
        self._storage = storage
        self._zone = zone
        self._clock = clock
        self._wake = wake

    async def export(self, user_id: int) -> Export:
        """Return all data of a user as JSON, compressed if it would be too large for Discord."""
        jobs: list[Record] = []
        after = ""
        while kept := await self._store.personal.jobs(user_id, after=after):
            jobs += map(_job_record, kept)
            after = kept[-1].job.id
        whole = {
            "user_id": str(user_id),
            "made_at": _instant(self._clock.now()),
            "requests": jobs,
            **await self._store.personal.read_rows(user_id),
        }
        return await asyncio.to_thread(_file, whole)

    async def erase(self, user_id: int) -> Forgotten:
        """Cancel a user's jobs, empty their rows and delete their images.

        The data is removed from the database's own log too.
        """
        ids = await self._store.personal.erase(user_id, now=self._clock.now())
        self._wake()  # a running engine step finds its row emptied
        await self._store.scrub()
        pending = await delete_pictures(self._store, self._storage, ids)
        log.info("%s jobs of a member were forgotten at their request", len(ids))
        return Forgotten(jobs=len(ids), pending=pending)

    async def keep_cutting_ties(self) -> None:
        """Remove user ids from emptied rows whose quota day is over, hourly; never returns."""
        while True:
            today = find_day(self._clock.now(), self._zone).day
            await self._store.personal.anonymize(today=today)
            await self._store.scrub()
            await self._clock.sleep(EVERY_S)


def _job_record(kept: StoredJob) -> Record:
    """Return a job's data for its requester's export: without tokens, instants in ISO format."""
    job, place = kept.job, kept.job.place
    return {
        "id": job.id,
        "state": job.state.value,
        "asked_at": _instant(job.created_at),
        "done_at": _instant(job.ready_at),
        "prompt": job.request.prompt,
        "options": msgspec.to_builtins(job.request.options),
        "images": job.units,
        "counts": not job.given_back,
        "images_counted": job.units_spent,
        "server_id": None if place.guild_id is None else str(place.guild_id),
        "channel_id": str(place.channel_id),
        "message_id": None if place.message_id is None else str(place.message_id),
        "language": place.locale,
        "task_id": job.task_id,
        "outcome": msgspec.to_builtins(job.outcome),
        "sources": [{"name": one.name, "size": one.size} for one in job.request.sources],
        "pictures": [_picture(result) for result in kept.results],
    }


def _picture(result: Result) -> Record:
    facts = {"name": result.path.name, "width": result.width, "height": result.height}
    return facts | {"bytes": result.size, "link": result.url}


def _instant(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _file(whole: Record) -> Export:
    body = json.dumps(whole, ensure_ascii=False, indent=1, default=str).encode()
    if len(body) <= FILE_BYTES:
        return Export(name="my-data.json", body=body)
    return Export(name="my-data.json.gz", body=gzip.compress(body))
