"""Usage of a user, a guild and the bot in a window, and the limits that apply.

Usage is a sum over the jobs themselves: there is no counter that could drift, and a refund is a
change of the job's own row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.db.connection import DbConnection
from services.db.guilds import read_grant
from services.models import (
    MICRO,
    Cap,
    Grant,
    GuildRules,
    Limits,
    LimitSource,
    MemberContext,
    Usage,
    Window,
)

_OF_MEMBER = """
SELECT COALESCE(SUM(job.units), 0) FROM job
WHERE job.user_id = :user_id AND job.day = :day AND job.given_back = 0
"""
_REFUNDED = """
SELECT COALESCE(SUM(job.refunded_units), 0) FROM job
WHERE job.day = :day AND job.refunded_units > 0 AND job.given_back = 0
"""
"""Units of images that never arrived, in jobs that spend the others. Few jobs have any, and they
have their own index."""

_BY_MEMBER = " AND job.user_id = :user_id"
_IN_GUILD = " AND job.guild_id = :guild_id"
_SINCE_RESET = " AND job.created_at >= :reset_at"

_OF_ALL = """
SELECT COALESCE(SUM(CASE WHEN job.given_back = 0 THEN job.units END), 0),
       COALESCE(SUM(job.charged_micro), 0)
FROM job WHERE job.day = :day
"""

_RESET = "SELECT at FROM member_reset WHERE guild_id = :guild_id AND user_id = :user_id"

_ROLES = """
SELECT role_limit.role_id, role_limit.units FROM role_limit WHERE role_limit.guild_id = ?
"""

_OPEN = """
SELECT COUNT(*) FROM job
WHERE job.user_id = ? AND job.state IN ('queued', 'submitting', 'running') AND job.holds_slot = 1
"""
"""Jobs that wait or hold a slot. Every queued job counts, because a job that is put back into the
queue gets its slot back."""

_REFUSALS = """
SELECT COUNT(*) FROM job
WHERE job.user_id = ? AND job.created_at > ? AND job.state = 'refused'
AND json_extract(job.outcome, '$.key') = 'refused_content'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A user, the server in which they ask (None: a private message), and that server's rules."""

    user_id: int
    guild_id: int | None
    rules: GuildRules
    visitor: MemberContext


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLimit:
    """The limit that applies to a user in a server, and how much of it is used."""

    units: int
    """Units per window; 0: no limit."""
    source: LimitSource
    used: int
    grant: Grant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Usage in a window: units, and cost in micro-dollars."""

    units: int
    micro: int


def member_limit(
    db: DbConnection, asker: Asker, *, limits: Limits, window: Window, now: float
) -> MemberLimit:
    """Return the limit that applies to a user, and its usage in the window.

    It is the member's own grant, or the highest limit of their roles, or the server's default, or
    the operator's default.
    """
    grant = None
    if asker.guild_id is not None:
        grant = read_grant(db, asker.guild_id, asker.user_id, now)
    units, source = _resolve(grant, _role_limits(db, asker), asker.rules.user_daily, limits)
    everywhere = source == "operator"
    used = used_by(db, asker.user_id, asker.guild_id, window.day, everywhere=everywhere)
    return MemberLimit(units=units, source=source, used=used, grant=grant)


def used_by(
    db: DbConnection, user_id: int, guild_id: int | None, day: str, *, everywhere: bool
) -> int:
    """Return the units that a user has spent or reserved on a quota day in a server.

    Units from before a moderator's reset in this server do not count. If `everywhere` is true,
    units in all servers count: the operator's limit holds across servers.
    """
    values = {"user_id": user_id, "guild_id": guild_id, "day": day}
    for (reset_at,) in db.execute(_RESET, values):
        values["reset_at"] = reset_at
    where = "" if everywhere else _IN_GUILD
    where += _SINCE_RESET if "reset_at" in values else ""
    (units,) = db.execute(_OF_MEMBER + where, values).fetchone()
    (refunded,) = db.execute(_REFUNDED + _BY_MEMBER + where, values).fetchone()
    return units - refunded


def read_sums(db: DbConnection, day: str, guild_id: int | None = None) -> Sums:
    """Return the usage of a quota day, in one server or (None) in all."""
    where, values = "" if guild_id is None else _IN_GUILD, {"day": day, "guild_id": guild_id}
    units, micro = db.execute(_OF_ALL + where, values).fetchone()
    (refunded,) = db.execute(_REFUNDED + where, values).fetchone()
    return Sums(units=units - refunded, micro=micro)


def open_jobs(db: DbConnection, user_id: int) -> int:
    """Return how many jobs of a user wait or hold a slot at the provider."""
    return db.execute(_OPEN, [user_id]).fetchone()[0]


def content_refusals(db: DbConnection, user_id: int, *, since: float) -> int:
    """Return how many of a user's requests the provider refused for their content."""
    return db.execute(_REFUSALS, [user_id, since]).fetchone()[0]


def read_usage(db: DbConnection, user_id: int, guild_id: int | None, day: str) -> Usage:
    """Return the units used on a quota day by the server, the bot, and the user in all servers."""
    guild = Sums(units=0, micro=0) if guild_id is None else read_sums(db, day, guild_id)
    return Usage(
        user=used_by(db, user_id, guild_id, day, everywhere=True),
        guild=guild.units,
        bot=read_sums(db, day).units,
        open_jobs=open_jobs(db, user_id),
    )


def caps(
    db: DbConnection, guild_id: int | None, *, rules: GuildRules, limits: Limits, day: str
) -> Iterator[Cap]:
    """Yield the caps that are set, with their usage: the server's first, then the bot's.

    Usage is summed up only for caps that are set.
    """
    images, source = _lower(limits.guild_daily, rules.guild_daily)
    if guild_id is not None and (images or limits.guild_daily_micro):
        sums = read_sums(db, day, guild_id)
        yield from _caps("server", sums, images, limits.guild_daily_micro, source)
    if limits.bot_daily or limits.bot_daily_micro:
        sums = read_sums(db, day)
        yield from _caps("bot", sums, limits.bot_daily, limits.bot_daily_micro, "operator")


def _caps(
    side: Literal["server", "bot"],
    sums: Sums,
    images: int,
    micro: int,
    source: Literal["server", "operator"],
) -> Iterator[Cap]:
    if images:
        yield Cap(side=side, unit="images", limit=images, used=sums.units, source=source)
    if micro:
        yield Cap(side=side, unit="usd", limit=micro / MICRO, used=sums.micro / MICRO)


def _lower(operators: int, servers: int | None) -> tuple[int, Literal["server", "operator"]]:
    """Return the lower of two caps and who set it; 0 and None mean no cap."""
    if servers and (not operators or servers < operators):
        return servers, "server"
    return operators, "operator"


def _role_limits(db: DbConnection, asker: Asker) -> list[int]:
    if asker.guild_id is None or not asker.visitor.role_ids:
        return []
    limits = db.execute(_ROLES, [asker.guild_id])
    return [units for role_id, units in limits if role_id in asker.visitor.role_ids]


def _resolve(
    grant: Grant | None, roles: list[int], guild: int | None, limits: Limits
) -> tuple[int, LimitSource]:
    """Return the first limit that is set, in the order of `member_limit`, and who set it."""
    if grant is not None:
        return grant.units, "grant"
    if roles:
        return (0 if 0 in roles else max(roles)), "role"
    if guild is not None:
        return guild, "server"
    return limits.user_daily, "operator"
