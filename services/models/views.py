"""Results of queries: lists of a user's jobs, the state of the queue, statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.models.jobs import Job, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A user's own job in a list, with its first result if there is one."""

    job: Job
    first: Result | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A message that other users can see, with a job's images."""

    message_id: int
    channel_id: int
    guild_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list of a user's jobs, the newest first."""

    entries: tuple[Entry, ...]
    number: int
    """Number of the page, from 0."""
    pages: int
    """Number of pages in the list; at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningJob:
    """A job that holds units at the provider."""

    user_id: int
    model: str
    units: int
    since: float
    """When it was submitted, or else claimed, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A job in state `queued`."""

    id: str
    user_id: int
    model: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """State of the queue at one instant, from which expected starts are estimated."""

    at_work: tuple[RunningJob, ...]
    waiting: tuple[QueuedJob, ...]
    """Queued jobs, in the order in which they will be claimed."""
    times: Mapping[tuple[str, int], tuple[float, ...]]
    """How many seconds recent tasks took, by model and number of units."""
    held: bool = False
    """True if submissions are on hold or paused, so that no start can be estimated."""


# Statistics over a range of days.


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """Statistics of one day (quota window)."""

    day: str
    """Name of the day, such as 2026-11-22."""
    units_by_outcome: Mapping[str, int] = field(default_factory=dict[str, int])
    """Number of images by the state of their jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Statistics of one server, or of the whole bot, over a range of days."""

    since: float
    until: float
    """End of the range in Unix seconds; it includes the present day."""
    days: tuple[DayFigures, ...] = ()
    """Every day of the range in order, also days without any job."""
    members: tuple[tuple[int, int], ...] = ()
    """Pairs of user id and units, of the members with the most units not refunded, highest
    first."""
    active_members: int = 0
    """Number of members who made a request in the range."""
    wait_median_s: float | None = None
    wait_p95_s: float | None = None
    """Seconds from acceptance until the images were ready; None if there were none."""
    jobs: int = 0
    units: int = 0
    cost_micro: int = 0
    """Cost in micro-dollars, at the list price or as the provider reported."""
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Number of jobs by state."""
