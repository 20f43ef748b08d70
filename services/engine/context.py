"""What the engine is made of: its rules, its partners, and what it says to the channel."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from services.catalog.models import ENDPOINT_OF, ModelTable
from services.catalog.styles import StyleTable
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
    """What the operator set; seconds and units (images)."""

    concurrency: int = 9
    user_running: int = 1
    timeout_s: float = 120.0
    give_up_s: float = 24 * 3600.0
    charge_refused: bool = False
    send_image_as: Literal["inline", "url"] = "inline"
    callback_url: Callable[[str], str | None] = lambda _job_id: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is true of a Job that has not ended; instants in Unix seconds."""

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
    """`blocked`: on the way to the provider; `checking`: whether the submission was accepted;
    `longer`: than such a task usually takes; `unknown`: the provider knows the task no more;
    `generated`: the images are there and not yet fetched; `withheld`: what comes will not be
    posted."""
    ahead: int = 0
    starts_at: float | None = None
    """When a queued Job should be taken up, or a blocked one is tried again; None while nobody can
    tell."""
    since: float | None = None
    """When painting began."""
    until: float | None = None
    """When an unknown task is given up, or images that can not be fetched; None while nothing has
    kept those away."""
    expected_s: float | None = None
    """How long such a task usually takes (median of the recent ones); None while unknown."""


class Delivery(Protocol):
    """The channel's side: everything the engine wants a member to see.

    `deliver` and `tell` raise DeliveryFailed; DiscordUnreachable means the same again later, and
    both may be repeated for a Job without a second message appearing.
    """

    async def update_progress(self, job: Job, progress: Progress) -> None:
        """Bring the Job's message up to date; best effort, raises nothing."""
        ...

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        """Put the pictures where they were asked for."""
        ...

    async def notify_outcome(self, job: Job) -> None:
        """Say how a Job ended that has no picture."""
        ...

    async def mention(self, job: Job) -> None:
        """Call the one who asked to the Job's message; best effort, raises nothing."""
        ...


class SourceRoom(Protocol):
    """Where source pictures become what Kling takes."""

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        """Fetch and prepare the sources, in the form of the Job's row; `again`: made afresh.

        Raises RequestError when one can not be used.
        """
        ...

    def folder(self, job_id: str) -> Path:
        """Return the Job's folder, made when missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineContext:
    """Everything a step may use."""

    store: Store
    kling: KlingClient
    provider: ProviderHealth
    models: ModelTable
    styles: StyleTable
    sources: SourceRoom
    vault: ImageStorage
    delivery: Delivery
    clock: Clock
    rules: EngineConfig
    chance: random.Random
    gathering: PollBatcher = field(default_factory=PollBatcher)
    learned: TaskTimesCache = field(default_factory=TaskTimesCache)
    meter: Metrics = NO_METRICS
    unkept: dict[str, Sequence[Result]] = field(default_factory=dict)
    """Pictures by their Job's id that lie on this disk and nowhere else."""
    fetched: FetchedImages = field(default_factory=FetchedImages)
    precedence: InteractivePriority = field(default_factory=InteractivePriority)
    supervisor: Supervisor = field(default_factory=Supervisor)
    waited: Waited = field(default_factory=Waited)
    is_fresh: Callable[[], bool] = lambda: True
    """Whether no other process can have taken this one for dead."""

    def endpoint_of(self, job: Job) -> Endpoint:
        """Return the path of a Job's Task; a model that left the table was most likely there."""
        try:
            return self.models.get(job.request.options.model).endpoint
        except UnknownModel:
            return ENDPOINT_OF[job.request.kind]
