"""What a member has asked for so far, and what is known of the queue ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.models.jobs import Job, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A member's own Job in a list, with its first picture if there is one."""

    job: Job
    first: Result | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A message with a Job's pictures that others see."""

    message_id: int
    channel_id: int
    guild_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a member's Jobs, the newest first."""

    entries: tuple[Entry, ...]
    number: int
    """0 is the first page."""
    pages: int
    """How many there are; one at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningJob:
    """A Job that holds units at the provider."""

    user_id: int
    model: str
    units: int
    since: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A queued Job."""

    id: str
    user_id: int
    model: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """What decides when the queue moves on."""

    at_work: tuple[RunningJob, ...]
    waiting: tuple[QueuedJob, ...]
    """In the order in which they are taken up."""
    times: Mapping[tuple[str, int], tuple[float, ...]]
    """For a model and a number of units, how long recent Tasks took (seconds)."""
    held: bool = False
    """Nothing is submitted for now, and nobody can tell until when."""


# What happened in a stretch of days, as figures.


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """One day of the quota's calendar."""

    day: str
    """Such as 2026-11-22."""
    units_by_outcome: Mapping[str, int] = field(default_factory=dict[str, int])
    """Images by the state their Jobs are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures of one server, or of the whole bot."""

    since: float
    until: float
    """Unix seconds; the days between, the present one included."""
    days: tuple[DayFigures, ...] = ()
    """Every day of the stretch, in order, those without a Job too."""
    members: tuple[tuple[int, int], ...] = ()
    """The members with the most units that were not given back: id and units, most first."""
    active_members: int = 0
    """How many members asked for anything."""
    wait_median_s: float | None = None
    wait_p95_s: float | None = None
    """From acceptance to the pictures being there; None without any."""
    jobs: int = 0
    units: int = 0
    cost_micro: int = 0
    """Micro-dollars, at the list price or as the provider reported."""
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Jobs by state."""
