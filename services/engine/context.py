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
    """The operator's settings for the engine: times in seconds, concurrency in units (images)."""

    concurrency: int = 9
    user_running: int = 1
    timeout_s: float = 120.0
    give_up_s: float = 24 * 3600.0
    charge_refused: bool = False
    send_image_as: Literal["inline", "url"] = "inline"
    callback_url: Callable[[str], str | None] = lambda _job_id: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress that an unfinished job's message shows; instants in Unix seconds."""

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
    """`blocked`: a proxy or firewall blocks the way to the provider; `checking`: whether the
    submission was accepted is unknown; `painting`: the image is being generated; `longer`: it takes
    longer than such a task usually does; `late`: it takes longer than KLING_TIMEOUT; `unknown`: the
    provider no longer knows the task; `generated`: the images exist but are not fetched yet;
    `withheld`: the images will not be posted."""
    ahead: int = 0
    """For a queued job: the number of jobs that will be claimed before it."""
    starts_at: float | None = None
    """When a queued job is expected to be claimed, or a blocked one is retried; None if unknown."""
    since: float | None = None
    """When generation began, or when a submission that is being checked was sent."""
    until: float | None = None
    """When the bot gives up: on a task unknown to the provider, or on images that cannot be
    fetched. None if no fetch has failed yet."""
    expected_s: float | None = None
    """How long such a task usually takes (median of recent ones); None if unknown."""


class Delivery(Protocol):
    """Interface by which the engine posts and edits job messages in Discord.

    `deliver` and `notify_outcome` raise DeliveryFailed; its subclass DiscordUnreachable means that
    a retry may succeed. Both may be repeated for a job without posting a second message.
    """

    async def update_progress(self, job: Job, progress: Progress) -> None:
        """Update the job's message; log errors and raise none."""
        ...

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        """Post the result images in the job's channel."""
        ...

    async def notify_outcome(self, job: Job) -> None:
        """Post how a job without images ended."""
        ...

    async def mention(self, job: Job) -> None:
        """Mention the job's user at its message; log errors and raise none."""
        ...


class SourceRoom(Protocol):
    """Interface by which the engine fetches source images and prepares them for Kling."""

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        """Fetch and prepare a job's sources, in the form `job.source_form`.

        `again`: encode them again even if prepared files exist. Raises RequestError if an image
        cannot be used.
        """
        ...

    def folder(self, job_id: str) -> Path:
        """Return the job's folder; create it if missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineContext:
    """The settings and collaborators that every step of the engine gets."""

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
    """Results that are on this disk only, because their upload to storage failed; by job id."""
    fetched: FetchedImages = field(default_factory=FetchedImages)
    precedence: InteractivePriority = field(default_factory=InteractivePriority)
    supervisor: Supervisor = field(default_factory=Supervisor)
    waited: Waited = field(default_factory=Waited)
    lease_valid: Callable[[], bool] = lambda: True
    """Returns whether our last heartbeat is recent enough that no other process can have taken our
    jobs."""

    def find_endpoint(self, job: Job) -> Endpoint:
        """Return the endpoint of a job's task; guess by kind if its model has no row any more."""
        try:
            return self.models.get(job.request.options.model).endpoint
        except UnknownModel:
            return ENDPOINT_OF[job.request.kind]
