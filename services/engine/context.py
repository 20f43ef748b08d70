"""Types that the engine is built from: its settings, its collaborators, progress messages."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from services.catalog import ENDPOINT_OF, ModelTable, StyleTable
from services.common.clock import Clock
from services.common.metrics import NO_METRICS, Metrics
from services.common.supervisor import Supervisor
from services.db import Store
from services.engine.batching import PollBatcher, TaskTimesCache
from services.engine.fetch_record import FetchedImages
from services.engine.interactive_priority import InteractivePriority
from services.engine.process_time import Waited
from services.engine.provider_health import ProviderHealth
from services.errors import UnknownModel
from services.images import Ready
from services.kling import Endpoint, KlingClient
from services.models import Job, Result
from services.storage import ImageStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """The operator's settings for the engine; seconds and units (images)."""

    concurrency: int = 9
    user_running: int = 1
    timeout_s: float = 120.0
    give_up_s: float = 24 * 3600.0
    charge_refused: bool = False
    send_image_as: Literal["inline", "url"] = "inline"
    callback_url: Callable[[str], str | None] = lambda _job_id: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of an unfinished job, for its message; instants in Unix seconds."""

    phase: Literal[
        "queued",
        "blocked",
        "checking",
        "painting",
        "longer",
        "late",
        "unknown",
        "generated",
        "withheld",
    ]
    """`blocked`: something blocks the way to the provider; `checking`: whether the submission was
    accepted is unknown; `longer`: it takes longer than such a task usually does; `unknown`: the
    provider no longer knows the task; `generated`: the images exist but are not fetched yet;
    `withheld`: the images will not be posted."""
    ahead: int = 0
    starts_at: float | None = None
    """When a queued job is expected to be claimed, or a blocked one is retried; None if unknown."""
    since: float | None = None
    """When generation began."""
    until: float | None = None
    """When the bot gives up an unknown task, or images that cannot be fetched; None if no fetch has
    failed yet."""
    expected_s: float | None = None
    """How long such a task usually takes (median of recent ones); None if unknown."""


class Delivery(Protocol):
    """Posting of job messages in Discord, as the engine needs it.

    `deliver` and `notify_outcome` raise DeliveryFailed; its subclass DiscordUnreachable means that
    a retry may succeed. Both may be repeated for a job without posting a second message.
    """

    async def update_progress(self, job: Job, progress: Progress) -> None:
        """Update the job's message; best effort, raises nothing."""
        ...

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        """Post the result images in the job's channel."""
        ...

    async def notify_outcome(self, job: Job) -> None:
        """Post how a job without images ended."""
        ...

    async def mention(self, job: Job) -> None:
        """Mention the job's user at its message; best effort, raises nothing."""
        ...


class SourceRoom(Protocol):
    """Prepares source images so that Kling accepts them."""

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        """Fetch and prepare the sources in the form `job.source_form`; `again`: encode them again.

        Raises RequestError if one cannot be used.
        """
        ...

    def folder(self, job_id: str) -> Path:
        """Return the job's folder; create it if missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineContext:
    """Everything that a step may use."""

    store: Store
    kling: KlingClient
    provider: ProviderHealth
    models: ModelTable
    styles: StyleTable
    sources: SourceRoom
    storage: ImageStorage
    delivery: Delivery
    clock: Clock
    rules: EngineConfig
    rng: random.Random
    gathering: PollBatcher = field(default_factory=PollBatcher)
    learned: TaskTimesCache = field(default_factory=TaskTimesCache)
    meter: Metrics = NO_METRICS
    unkept: dict[str, Sequence[Result]] = field(default_factory=dict)
    """Results by job id that are stored on this disk only, because an upload failed."""
    fetched: FetchedImages = field(default_factory=FetchedImages)
    precedence: InteractivePriority = field(default_factory=InteractivePriority)
    supervisor: Supervisor = field(default_factory=Supervisor)
    waited: Waited = field(default_factory=Waited)
    lease_valid: Callable[[], bool] = lambda: True
    """Returns whether our last heartbeat is recent enough that no other process can have taken our
    jobs."""

    def find_endpoint(self, job: Job) -> Endpoint:
        """Return the path of a job's task; guess it by kind if its model left the table."""
        try:
            return self.models.get(job.request.options.model).endpoint
        except UnknownModel:
            return ENDPOINT_OF[job.request.kind]
