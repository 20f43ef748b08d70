"""Commands that list and change which users and servers may use the bot, also while it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

import aiohttp

from services.cli.check import make_session
from services.cli.guild_export import COMMAND_LINE, opened_community
from services.cli.terminal import Terminal, plain
from services.common.clock import SystemClock
from services.common.json_reading import Layer, mapping, parse, rows, text
from services.common.net import NO_ANSWER
from services.errors import BadValue, ConfigError, StoreUnavailable
from services.kling import read_bounded
from services.models import BotAccess, BotAction
from services.settings import Settings, load

PAGE, MOST_PAGES = 200, 100
"""Servers in one response of Discord, and the maximum number of responses that are read."""

UNKNOWN_GUILD = 10004
"""Discord's code for a server that the bot is not in (Discord, JSON error codes)."""

DONE: Mapping[BotAction, str] = {
    "block_user": "Blocked: the bot accepts no requests of {} anywhere.",
    "unblock_user": "The bot accepts requests of {} again.",
    "block_guild": "Blocked: the bot accepts no requests in server {}.",
    "unblock_guild": "The bot accepts requests in server {} again.",
    "allow_guild": "Server {} is on the list. The bot accepts requests only in servers on"
    " the list.",
    "disallow_guild": "Server {} is off the list. An empty list allows every server.",
    "allow_every_guild": "Every server is allowed.",
    "leave_guild": "The bot has left server {}.",
}


async def govern(action: BotAction, target: int | None, *, data: Path, reason: str = "") -> int:
    """Apply an operator's action to a user or server, and print the result.

    Returns the exit status. Raises ConfigError, StoreUnavailable.
    """
    settings = load(discord=action == "leave_guild")
    try:
        async with opened_community(settings, data, SystemClock()) as community:
            if action == "leave_guild":
                await _leave(settings, target or 0)
            await community.govern(
                action, target, by=COMMAND_LINE, reason=reason, operators=settings.operator_ids
            )
    except BadValue as error:
        sys.stderr.write(f"{_refusal(error, target)}\n")
        return 1
    sys.stdout.write(DONE[action].format(target) + "\n")
    return 0


async def list_servers(*, data: Path) -> int:
    """Print in which servers requests are accepted, and the users that operators blocked."""
    settings = load()
    async with opened_community(settings, data, SystemClock()) as community:
        access = await community.access()
    guilds = await _guilds(settings)
    Terminal(sys.stdout).write("\n".join(_lines(access, guilds)) + "\n")
    return 0


def _refusal(error: BadValue, target: int | None) -> str:
    match error.expected:
        case "no_operator":
            return f"{target} is in OPERATOR_IDS: operators cannot be blocked."
        case "text":
            return f"The reason may have at most {error.facts['highest']} characters."
        case "server_there":
            return f"The bot is not in server {target}."
        case _:
            return "Nothing to remove: it is not blocked, or not on the list."


def _lines(access: BotAccess, guilds: Mapping[int, str] | None) -> Iterator[str]:
    if access.allowed:
        yield f"The bot accepts requests only in servers on the list ({len(access.allowed)})."
    else:
        yield "The bot accepts requests in every server that is not blocked."
    if guilds is None:
        yield "Discord did not list the bot's servers; only the decisions are shown."
    known = guilds or {}
    absent = "" if guilds is None else "(the bot is not in it)"
    decided = [*(block.target for block in access.guilds), *access.allowed]
    for guild_id in dict.fromkeys([*decided, *known]):
        name = plain(known[guild_id]) if guild_id in known else absent
        yield f"  {guild_id:<20} {_state(guild_id, access):<16} {name}".rstrip()
    if access.users:
        yield "Blocked members:"
    for block in access.users:
        yield f"  {block.target:<20} {plain(block.reason)}".rstrip()


def _state(guild_id: int, access: BotAccess) -> str:
    if access.is_blocked(guild_id):
        return "blocked"
    return "allowed" if access.is_allowed(guild_id) else "not on the list"


async def _guilds(settings: Settings) -> Mapping[int, str] | None:
    """Return the names of the bot's servers from Discord; None if it does not answer."""
    if settings.discord_token is None:
        return None
    found: dict[int, str] = {}
    try:
        async with make_session(settings.discord_token) as session:
            for _ in range(MOST_PAGES):
                after = max(found, default=0)
                url = f"{settings.discord_api_url}/users/@me/guilds?limit={PAGE}&after={after}"
                status, body = await _answer(session, "GET", url)
                if status != HTTPStatus.OK or not isinstance(body, list):
                    return None
                page = dict(_named(mapping(one)) for one in rows(body))
                if not page.keys() - found.keys():
                    break
                found |= page
    except NO_ANSWER:
        return None
    return found


def _named(guild: Layer) -> tuple[int, str]:
    guild_id = text(guild.get("id"))
    return int(guild_id) if guild_id.isdecimal() else 0, text(guild.get("name"))


async def _leave(settings: Settings, guild_id: int) -> None:
    """Leave a server; raises BadValue if the bot is not in it, ConfigError, StoreUnavailable."""
    assert settings.discord_token is not None
    url = f"{settings.discord_api_url}/users/@me/guilds/{guild_id}"
    try:
        async with make_session(settings.discord_token) as session:
            status, body = await _answer(session, "DELETE", url)
    except NO_ANSWER as error:
        raise StoreUnavailable(f"Discord does not answer ({type(error).__name__})") from error
    if mapping(body).get("code") == UNKNOWN_GUILD:
        raise BadValue("server", "server_there")
    if status == HTTPStatus.UNAUTHORIZED:
        raise ConfigError(["DISCORD_TOKEN: Discord does not accept this token"])
    if status != HTTPStatus.NO_CONTENT:
        raise StoreUnavailable(f"Discord did not let the bot leave (HTTP {status})")


async def _answer(session: aiohttp.ClientSession, method: str, url: str) -> tuple[int, object]:
    """Send one request to Discord; return the HTTP status and the parsed JSON."""
    async with session.request(method, url, allow_redirects=False) as answer:
        return answer.status, parse(await read_bounded(answer))
