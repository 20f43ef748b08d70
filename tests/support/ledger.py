"""Independent model of the admission rules, as lists and loops: the store must agree with it.

It shares only the record types with the store. A mistake in both would come from the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.models import MICRO, Limits

OPEN = ("queued", "submitting", "running")
PAID = ("running", "ready", "delivered", "undelivered", "uncertain")


@dataclass
class Entry:
    """One job in the ledger."""

    id: str
    interaction_id: int
    user: int
    guild: int | None
    day: str
    units: int
    cost: int
    at: float
    state: str = "queued"
    back: bool = False
    deducted: bool = False
    refunded: int = 0
    """Units of images that never came."""
    in_the_way: bool = True
    """Whether it holds a provider slot or waits for one."""

    @property
    def counted(self) -> int:
        return 0 if self.back else self.units - self.refunded

    @property
    def charged(self) -> int:
        return self.cost if not self.back or self.deducted or self.state in PAID else 0


@dataclass
class Rules:
    """The settings of one server."""

    user_daily: int | None = None
    guild_daily: int | None = None
    max_count: int | None = None
    channels: set[int] = field(default_factory=set)
    roles: dict[int, int] = field(default_factory=dict)
    grants: dict[int, tuple[int, float | None]] = field(default_factory=dict)
    blocks: dict[int, float | None] = field(default_factory=dict)
    resets: dict[int, float] = field(default_factory=dict)
    paused: bool = False


@dataclass
class Ask:
    """The parts of a request that the ledger judges by."""

    interaction_id: int
    user: int
    guild: int | None
    units: int
    cost: int
    channel: int
    roles: frozenset[int]


@dataclass
class Ledger:
    """All settings and all accepted jobs."""

    limits: Limits
    jobs: dict[str, Entry] = field(default_factory=dict)
    guilds: dict[int, Rules] = field(default_factory=dict)
    bot_paused: bool = False

    def of(self, guild: int | None) -> Rules:
        return Rules() if guild is None else self.guilds.setdefault(guild, Rules())

    def verdict(self, ask: Ask, *, day: str, now: float) -> str:
        """Return the expected result: `accepted`, or the name of the first rule that refuses it."""
        rules = self.of(ask.guild)
        running, waiting = self.limits.user_running, self.limits.user_queued
        allowed = 0 if waiting is None else running + waiting  # 0 is no limit; some may run here
        against = {
            "DuplicateRequest": self.knows(ask.interaction_id),
            "MemberBlocked": ask.guild is not None and self.blocks(ask.user, ask.guild, now),
            "BotPaused": self.bot_paused,
            "GuildPaused": rules.paused,
            "ChannelNotAllowed": rules.channels and ask.channel not in rules.channels,
            "CountTooHigh": rules.max_count is not None and ask.units > rules.max_count,
            "TooManyJobs": allowed and self.open_jobs(ask.user) >= allowed,
        }
        first = next((name for name, stands in against.items() if stands), None)
        return first or self._quota(ask, day, now)

    def knows(self, interaction_id: int) -> bool:
        return any(job.interaction_id == interaction_id for job in self.jobs.values())

    def _quota(self, ask: Ask, day: str, now: float) -> str:
        limit, source = self.limit_of(ask.user, ask.guild, ask.roles, now)
        if limit and self.used(ask.user, ask.guild, source, day) + ask.units > limit:
            return f"member {source}"
        for name, cap, used in self.caps(ask.guild, day):
            asked = ask.cost / MICRO if name.endswith("usd") else ask.units
            if used + asked > cap + 1e-9:
                return name
        return "accepted"

    def caps(self, guild: int | None, day: str) -> Iterator[tuple[str, float, float]]:
        """Yield each cap that is set: its name, its limit and its use, in images or dollars."""
        limits = self.limits
        if guild is not None:
            images = [cap for cap in (limits.guild_daily, self.of(guild).guild_daily) if cap]
            if images:
                yield "server images", min(images), self.units(day, guild)
            if limits.guild_daily_micro:
                cost = self.cost(day, guild) / MICRO
                yield "server usd", limits.guild_daily_micro / MICRO, cost
        if limits.bot_daily:
            yield "bot images", limits.bot_daily, self.units(day)
        if limits.bot_daily_micro:
            yield "bot usd", limits.bot_daily_micro / MICRO, self.cost(day) / MICRO

    def blocks(self, user: int, guild: int, now: float) -> bool:
        blocks = self.of(guild).blocks
        return user in blocks and in_force(blocks[user], now)

    def limit_of(
        self, user: int, guild: int | None, roles: frozenset[int], now: float
    ) -> tuple[int, str]:
        rules = self.of(guild)
        if user in rules.grants and in_force(rules.grants[user][1], now):
            return rules.grants[user][0], "grant"
        mine = [units for role, units in rules.roles.items() if role in roles]
        if mine:
            return (0 if 0 in mine else max(mine)), "role"
        if rules.user_daily is not None:
            return rules.user_daily, "server"
        return self.limits.user_daily, "operator"

    def used(self, user: int, guild: int | None, source: str, day: str) -> int:
        since = self.of(guild).resets.get(user, 0.0)
        return sum(
            job.counted
            for job in self.jobs.values()
            if job.user == user
            and job.day == day
            and job.at >= since
            and (source == "operator" or job.guild == guild)
        )

    def units(self, day: str, guild: int | None = None) -> int:
        return sum(job.counted for job in self._jobs(day, guild))

    def cost(self, day: str, guild: int | None = None) -> int:
        return sum(job.charged for job in self._jobs(day, guild))

    def open_jobs(self, user: int) -> int:
        return sum(
            job.user == user and job.state in OPEN and job.in_the_way for job in self.jobs.values()
        )

    def _jobs(self, day: str, guild: int | None) -> list[Entry]:
        found = (job for job in self.jobs.values() if job.day == day)
        return [job for job in found if guild is None or job.guild == guild]


def in_force(until: float | None, now: float) -> bool:
    return until is None or now < until
