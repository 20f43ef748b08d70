"""Users and roles that a text pings, after `allowed_mentions` or the route's default."""

from __future__ import annotations

import re

from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Guild, Pings, User

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def pinged(
    text: str,
    *,
    allowed: Json,
    users: dict[str, User],
    guild: Guild | None,
    may_everyone: bool,
) -> Pings:
    """Return the users, roles and everyone that `text` pings."""
    parse: list[str] = allowed.get("parse") or []
    user_ids = _admitted(USER.findall(text), kind="users", allowed=allowed, parse=parse)
    role_ids = _admitted(ROLE.findall(text), kind="roles", allowed=allowed, parse=parse)
    roles = guild.roles if guild else {}
    return Pings(
        users=[users[user_id] for user_id in user_ids if user_id in users],
        roles=[role_id for role_id in role_ids if role_id in roles],
        everyone=may_everyone and "everyone" in parse and EVERYONE.search(text) is not None,
    )


def _admitted(ids: list[str], *, kind: str, allowed: Json, parse: list[str]) -> list[str]:
    named = {str(one) for one in allowed.get(kind) or []}
    return [one for one in dict.fromkeys(ids) if kind in parse or one in named]
