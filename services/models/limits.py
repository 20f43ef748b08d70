"""Limits and what has been used of them: Window, Limits, Usage, Standing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.models.guilds import Block, BotBlock, Grant, Pause
from services.models.jobs import Job, State

LimitSource = Literal["grant", "role", "server", "operator"]
"""Who set a limit: for this member, for one of their roles, for the server, for the whole bot."""

MICRO = 1_000_000
"""Micro-dollars in a dollar: costs are whole numbers, so that sums are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of time that a limit counts in: [starts_at, resets_at)."""

    day: str
    starts_at: float
    resets_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator allows; 0 means no limit, but for `user_queued`. Units are images."""

    user_daily: int = 0
    guild_daily: int = 0
    bot_daily: int = 0
    guild_daily_micro: int = 0
    """Cost of a server a Window, in micro-dollars."""
    bot_daily_micro: int = 0
    user_running: int = 0
    user_queued: int | None = None
    """Requests of one user that may wait; 0: what can not start now is refused, None: no limit."""
    concurrency: int = 0
    """Units that the provider takes at once; 0: as many as one likes."""
    user_cooldown_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many units so far in a Window, reserved ones included, and Jobs still open."""

    user: int = 0
    guild: int = 0
    bot: int = 0
    open_jobs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What a server or the whole bot may use up in a Window, and how much of it is used."""

    side: Literal["server", "bot"]
    unit: Literal["images", "usd"]
    limit: float
    """Images or US dollars; never 0: a cap that is not set is not listed."""
    used: float
    source: Literal["server", "operator"] = "operator"

    @property
    def left(self) -> float:
        """What is still free in this Window."""
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """A member's Job that waits or is painted."""

    id: str
    state: State
    units: int
    created_at: float
    channel_id: int
    guild_id: int | None = None
    ahead: int | None = None
    """Jobs that will be taken up first; None once it has been taken up itself."""
    is_generated: bool = False
    """Its images are there, and not fetched yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStatus:
    """Where a member stands in a server (or in private messages) at one instant."""

    user_id: int
    guild_id: int | None
    limit: int
    """Images in a Window; 0: there is no limit."""
    source: LimitSource
    used: int
    """Counted in this server; where the operator's limit is in force, everywhere."""
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
        """Units still free in this Window; None without a limit."""
        return max(self.limit - self.used, 0) if self.limit else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A Request that became a Job, with the figures of that instant."""

    job: Job
    used: int
    """Units of the member that count against their limit in this Window, this Job's included."""
    ahead: int
    """Jobs that will be taken up first."""
    others: int = 0
    """Further Jobs of the member that have not ended."""
    in_flight: int = 0
    """Units held at the provider."""
    starts_at: float | None = None
    """When it should be taken up; None while nobody can tell, or at once."""
    limit: int = 0
    """Units; 0: there is none."""
    source: LimitSource = "operator"
