"""`bot.py export`: a server's settings as JSON, for backup, comparison or another server.

Also `bot.py pause` and `bot.py resume`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import msgspec

from services.catalog import StyleTable, load_models
from services.common.clock import Clock
from services.db import existing
from services.errors import StoreUnavailable
from services.guilds import GuildService
from services.models import Block, Grant, GuildRules
from services.policy import allowance_from_settings
from services.settings import Settings


class ServerFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Contents of an exported file; it contains no requests or images of members."""

    rules: GuildRules
    grants: list[Grant]
    blocks: list[Block]
    format: Literal["repaint-server-1"] = "repaint-server-1"


async def exported(community: GuildService, guild_id: int) -> str:
    """Return a server's settings as JSON; the defaults for a server that never changed any."""
    found = await read_settings(community, guild_id)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


async def read_settings(community: GuildService, guild_id: int) -> ServerFile:
    """Return a server's settings that are in force."""
    return ServerFile(
        rules=await community.rules(guild_id),
        grants=await community.grants(guild_id),
        blocks=await community.blocks(guild_id),
    )


def read(path: Path) -> ServerFile:
    """Read an exported file; raises StoreUnavailable with the problem in it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServerFile)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise StoreUnavailable(f"{path}: {error}") from error


# `bot.py pause` and `bot.py resume`: the whole bot, also while it runs in another process.

COMMAND_LINE = 0
"""User id in audit entries for changes made at the command line."""


async def pause(settings: Settings, *, reason: str, data: Path, clock: Clock) -> str:
    """Refuse new requests in the whole bot; return a text. Raises StoreUnavailable, BadValue."""
    async with opened_community(settings, data, clock) as community:
        await community.pause_bot(reason=reason, by=COMMAND_LINE)
    return "Paused: the bot accepts no new requests. `python bot.py resume` ends the pause.\n"


async def resume(settings: Settings, *, data: Path, clock: Clock) -> str:
    """Accept requests in the whole bot again; return a text. Raises StoreUnavailable."""
    async with opened_community(settings, data, clock) as community:
        if await community.bot_paused() is None:
            return "Nothing was paused.\n"
        await community.resume_bot(by=COMMAND_LINE)
    return "The bot accepts requests again.\n"


@asynccontextmanager
async def opened_community(
    settings: Settings, data: Path, clock: Clock
) -> AsyncGenerator[GuildService]:
    """Open the guild service, also while a bot runs; raises StoreUnavailable."""
    async with existing(settings.database) as store:
        yield GuildService(
            store=store,
            models=load_models(settings, data),
            styles=StyleTable.load(data / "styles.toml"),
            allowance=allowance_from_settings(settings),
            clock=clock,
        )
