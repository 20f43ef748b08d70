"""`bot.py export`: a server's settings as JSON, to keep, compare or move."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from services.community import Community
from services.errors import StoreUnavailable
from services.models import Block, Grant, GuildRules


class ServerFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the file holds; members' requests and pictures are not in it."""

    rules: GuildRules
    grants: list[Grant]
    blocks: list[Block]
    format: Literal["repaint-server-1"] = "repaint-server-1"


async def exported(community: Community, guild_id: int) -> str:
    """Return a server's settings as JSON; a server that never set anything has the defaults."""
    found = await settings_of(community, guild_id)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


async def settings_of(community: Community, guild_id: int) -> ServerFile:
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
