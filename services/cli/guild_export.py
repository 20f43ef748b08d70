"""`bot.py export`: a server's settings as JSON, to keep, compare or move."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import msgspec

from services.catalog.provider import models_of
from services.catalog.styles import StyleTable
from services.common.clock import Clock
from services.db import existing
from services.errors import StoreUnavailable
from services.guilds.service import GuildService
from services.models import Block, Grant, GuildRules
from services.policy.quotas import allowance_of
from services.settings.loading import Settings


class ServerFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the file holds; members' requests and pictures are not in it."""

    rules: GuildRules
    grants: list[Grant]
    blocks: list[Block]
    format: Literal["repaint-server-1"] = "repaint-server-1"


async def exported(community: GuildService, guild_id: int) -> str:
    """Return a server's settings as JSON; a server that never set anything has the defaults."""
    found = await settings_of(community, guild_id)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


async def settings_of(community: GuildService, guild_id: int) -> ServerFile:
    """Gather what a server's moderators decided and is in force."""
    return ServerFile(
        rules=await community.rules(guild_id),
        grants=await community.grants(guild_id),
        blocks=await community.blocks(guild_id),
    )


def read(path: Path) -> ServerFile:
    """Read such a file; raises StoreUnavailable with what is wrong with it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServerFile)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise StoreUnavailable(f"{path}: {error}") from error


# `bot.py pause` and `bot.py resume`: the whole bot, also while it runs in another process.

COMMAND_LINE = 0
"""Who did it, where nobody of Discord did."""


async def pause(settings: Settings, *, reason: str, data: Path, clock: Clock) -> str:
    """Take no more requests and say so; raises StoreUnavailable, BadValue."""
    async with opened_community(settings, data, clock) as community:
        await community.pause_bot(reason=reason, by=COMMAND_LINE)
    return "Paused: no new requests are taken. `python bot.py resume` takes them again.\n"


async def resume(settings: Settings, *, data: Path, clock: Clock) -> str:
    """Take requests again and say so; raises StoreUnavailable."""
    async with opened_community(settings, data, clock) as community:
        if await community.bot_paused() is None:
            return "Nothing was paused.\n"
        await community.resume_bot(by=COMMAND_LINE)
    return "Requests are taken again.\n"


@asynccontextmanager
async def opened_community(
    settings: Settings, data: Path, clock: Clock
) -> AsyncGenerator[GuildService]:
    """Open what moderators decide, beside a running bot; raises StoreUnavailable."""
    async with existing(settings.database) as store:
        yield GuildService(
            store=store,
            models=models_of(settings, data),
            styles=StyleTable.load(data / "styles.toml"),
            allowance=allowance_of(settings),
            clock=clock,
        )
