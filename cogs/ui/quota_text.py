"""Renders a member's quota status: units left, the limit that applies, and open jobs."""

from __future__ import annotations

from collections.abc import Iterator

from cogs.ui.text import format_amount, format_end, format_reason, sentence, stamp
from services.models import Block, Cap, Grant, OpenJob, Pause, QuotaStatus

OPEN_SHOWN = 10
"""Maximum number of open jobs that are listed one by one."""


def format_quota_status(standing: QuotaStatus, locale: str, *, of_other: bool = False) -> str:
    """Format the answer to /quota; `of_other`: for a moderator, about another member."""
    user = f"<@{standing.user_id}>"
    title = sentence("quota_title_of", locale, user=user)
    lines = [title if of_other else sentence("quota_title", locale)]
    lines += _obstacles(standing, locale, of_other=of_other)
    lines += _limits(standing, locale, of_other=of_other)
    lines += (_cap(cap, locale) for cap in standing.caps)
    lines += _open(standing.open, locale)
    return "\n".join(lines)


def format_pause(key: str, pause: Pause, locale: str) -> str:
    """Format a pause of the server or the bot."""
    return sentence(key, locale, since=stamp(pause.at), reason=format_reason(pause.reason, locale))


def format_block(block: Block, locale: str) -> str:
    """Format a block."""
    until, reason = format_end(block.expires_at, locale), format_reason(block.reason, locale)
    return sentence("standing_blocked", locale, until=until, reason=reason)


def _obstacles(standing: QuotaStatus, locale: str, *, of_other: bool) -> Iterator[str]:
    if standing.bot_block is not None and not of_other:
        yield sentence(
            "user_blocked", locale, reason=format_reason(standing.bot_block.reason, locale)
        )
    if standing.block is not None:
        yield format_block(standing.block, locale)
    if standing.bot_paused is not None:
        yield format_pause("standing_bot_paused", standing.bot_paused, locale)
    if standing.guild_paused is not None:
        yield format_pause("standing_guild_paused", standing.guild_paused, locale)


def _limits(standing: QuotaStatus, locale: str, *, of_other: bool) -> Iterator[str]:
    resets = stamp(standing.resets_at)
    if standing.left is None:
        yield sentence("quota_unlimited", locale, used=standing.used)
    else:
        yield sentence(
            "quota_left", locale, left=standing.left, limit=standing.limit, resets=resets
        )
    yield f"-# {sentence(f'limit_source_{standing.source}', locale)}"
    if standing.grant is not None:
        yield _grant(standing.grant, locale, of_other=of_other)


def _grant(grant: Grant, locale: str, *, of_other: bool) -> str:
    until = format_end(grant.expires_at, locale)
    text = sentence("standing_grant", locale, units=grant.units, until=until)
    if not of_other:
        return text
    reason, by = format_reason(grant.reason, locale), f"<@{grant.by}>"
    return f"{text} {sentence('standing_grant_by', locale, by=by, reason=reason)}"


def _cap(cap: Cap, locale: str) -> str:
    return sentence(
        f"standing_cap_{cap.side}",
        locale,
        left=format_amount(cap.left, cap.unit),
        limit=format_amount(cap.limit, cap.unit),
    )


def _open(jobs: tuple[OpenJob, ...], locale: str) -> Iterator[str]:
    if jobs:
        yield sentence("quota_open", locale, open_jobs=len(jobs))
    for job in jobs[:OPEN_SHOWN]:
        state = "painting" if job.ahead is None else "waiting"
        state = "generated" if job.is_generated else state
        yield sentence(
            f"open_{state}",
            locale,
            units=job.units,
            channel=f"<#{job.channel_id}>",
            since=stamp(job.created_at),
            place=sentence("place", locale, ahead=job.ahead or 0),
        )
