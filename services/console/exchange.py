"""`bot.py export` and `bot.py import`: a server's settings as JSON, to keep, compare or move."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Literal

import msgspec

from services.community import Community
from services.console.pausing import COMMAND_LINE
from services.errors import BadValue, StoreUnavailable
from services.models import Block, Detail, Grant, GuildRules

SINGLE = (
    "user_daily",
    "guild_daily",
    "max_count",
    "private_only",
    "spoiler",
    "age_restricted_only",
    "min_membership_days",
    "default_model",
    "default_style",
    "log_channel_id",
)
"""Fields of GuildRules that are one value each."""


class ServerFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the file holds; members' requests and pictures are not in it."""

    rules: GuildRules
    grants: list[Grant]
    blocks: list[Block]
    format: Literal["repaint-server-1"] = "repaint-server-1"


async def exported(community: Community, guild_id: int) -> str:
    """Return a server's settings as JSON; a server that never set anything has the defaults."""
    found = ServerFile(
        rules=await community.rules(guild_id),
        grants=await community.grants(guild_id),
        blocks=await community.blocks(guild_id),
    )
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


def read(path: Path) -> ServerFile:
    """Read such a file; raises StoreUnavailable with what is wrong with it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServerFile)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise StoreUnavailable(f"{path}: {error}") from error


async def imported(
    community: Community, file: ServerFile, guild_id: int, *, now: float
) -> list[str]:
    """Set everything that the file holds; return what could not be set, in words.

    What the server has besides in its lists stays. What has run out meanwhile is left out.
    """
    refused: list[str] = []

    async def attempt(what: str, step: Awaitable[object]) -> None:
        try:
            await step
        except BadValue as error:
            refused.append(f"{what}: {error}")

    rules, by = file.rules, COMMAND_LINE
    for name in SINGLE:
        value: Detail = getattr(rules, name)
        await attempt(name, community.change(guild_id, by=by, **{name: value}))
    for channel_id in rules.channels:
        await attempt("channel", community.allow_channel(guild_id, channel_id, by=by))
    for limit in rules.role_limits:
        step = community.set_role_limit(guild_id, limit.role_id, limit.units, by=by)
        await attempt("role limit", step)
    for phrase in rules.words:
        await attempt("word", community.add_word(guild_id, phrase, by=by))
    for grant in (each for each in file.grants if _lasts(each.expires_at, now)):
        step = community.grant(
            guild_id,
            grant.user_id,
            units=grant.units,
            until=grant.expires_at,
            reason=grant.reason,
            by=by,
        )
        await attempt("grant", step)
    for block in (each for each in file.blocks if _lasts(each.expires_at, now)):
        step = community.block(
            guild_id, block.user_id, reason=block.reason, until=block.expires_at, by=by
        )
        await attempt("block", step)
    if rules.paused is not None:
        await attempt("pause", community.pause(guild_id, reason=rules.paused.reason, by=by))
    return refused


def _lasts(until: float | None, now: float) -> bool:
    return until is None or until > now
