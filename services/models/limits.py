"""Limits and usage: Window, Limits, Usage, Cap, QuotaStatus, Accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.models.guilds import Block, BotBlock, Grant, Pause
from services.models.jobs import Job, State

LimitSource = Literal["grant", "role", "server", "operator"]
"""What set a limit: a grant for this member, one of their roles, the server's rule, or the
operator."""

MICRO = 1_000_000
"""Micro-dollars in a dollar. Costs are whole numbers of micro-dollars, so that sums are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time in which usage counts against a limit: [starts_at, resets_at), Unix seconds."""

    day: str
    starts_at: float
    resets_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The operator's limits; 0 means no limit, except for `user_queued`. Units are images."""

    user_daily: int = 0
    guild_daily: int = 0
    bot_daily: int = 0
    guild_daily_micro: int = 0
    """Maximum cost of a server per window, in micro-dollars."""
    bot_daily_micro: int = 0
    user_running: int = 0
    user_queued: int | None = None
    """Requests of one user that may wait. 0: a request that cannot start now is refused. None: no
    limit."""
    concurrency: int = 0
    """Units that the provider accepts at once; 0: no limit."""
    user_cooldown_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Units used in a window so far, reserved ones included, and the user's number of open jobs."""

    user: int = 0
    guild: int = 0
    bot: int = 0
    open_jobs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A limit of a server or of the whole bot in a window, and how much of it is used."""

    side: Literal["server", "bot"]
    unit: Literal["images", "usd"]
    limit: float
    """The limit in images or US dollars; never 0, since a cap that is not set is not listed."""
    used: float
    source: Literal["server", "operator"] = "operator"

    @property
    def left(self) -> float:
        """The amount left in this window, in images or US dollars."""
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """A job of a user that waits or is being generated."""

    id: str
    state: State
    units: int
    created_at: float
    channel_id: int
    guild_id: int | None = None
    ahead: int | None = None
    """Number of jobs that will be claimed before it; None once it has been claimed."""
    is_generated: bool = False
    """True if its images are generated but not fetched yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStatus:
    """A user's limit, usage and restrictions in a server (or in private messages)."""

    user_id: int
    guild_id: int | None
    limit: int
    """The user's limit in images per window; 0: no limit."""
    source: LimitSource
    used: int
    """Images used in this server, or everywhere if the operator's limit applies."""
    resets_at: float
    caps: tuple[Cap, ...] = ()
    open: tuple[OpenJob, ...] = ()
    grant: Grant | None = None
    block: Block | None = None
    guild_paused: Pause | None = None
    bot_paused: Pause | None = None
    bot_block: BotBlock | None = None
    """The operators' block of the user, in all guilds."""

    @property
    def left(self) -> int | None:
        """Units left in this window; None without a limit."""
        return max(self.limit - self.used, 0) if self.limit else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A new job, with its user's usage and the state of the queue at acceptance."""

    job: Job
    used: int
    """Units of the user that count against their limit in this window, including this job's."""
    ahead: int
    """Number of jobs that will be claimed before it."""
    others: int = 0
    """Number of other jobs of the user that have not ended."""
    in_flight: int = 0
    """Units that jobs hold at the provider."""
    starts_at: float | None = None
    """When it is expected to be claimed (Unix seconds); None if that is unknown, or now."""
    limit: int = 0
    """The user's limit in units; 0: no limit."""
    source: LimitSource = "operator"
