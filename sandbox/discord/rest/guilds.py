"""Routes of guilds, members and users (read only), and for leaving a guild."""

from __future__ import annotations

from aiohttp import web

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import THREAD, Guild
from sandbox.discord.core.payloads import (
    channel_payload,
    guild_payload,
    member_payload,
    role_payload,
    user_payload,
)
from sandbox.discord.rest.middleware import json_answer, nothing, route
from sandbox.discord.state.hidden_channels import is_viewable
from sandbox.discord.state.server_state import Place
from sandbox.discord.state.sessions import GUILDS


async def get_guild(request: web.Request, place: Place) -> web.Response:
    """Serve GET: a guild."""
    guild = _guild(request, place)
    shown = guild_payload(guild)
    if request.query.get("with_counts") in ("1", "true"):
        shown |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return json_answer(shown)


async def get_channels(request: web.Request, place: Place) -> web.Response:
    """Serve GET: the channels of a guild that the bot may view, without threads."""
    guild = _guild(request, place)
    channels = [place.world.channels[channel_id] for channel_id in guild.channels]
    shown = [one for one in channels if one.kind != THREAD and is_viewable(place.world, one)]
    return json_answer([channel_payload(channel, guild=guild) for channel in shown])


async def get_roles(request: web.Request, place: Place) -> web.Response:
    """Serve GET: the roles of a guild."""
    return json_answer([role_payload(role) for role in _guild(request, place).roles.values()])


async def get_member(request: web.Request, place: Place) -> web.Response:
    """Serve GET: a member."""
    member = _guild(request, place).members.get(request.match_info["user"])
    if member is None:
        raise Refusal(10007)
    return json_answer(member_payload(member))


async def get_user(request: web.Request, place: Place) -> web.Response:
    """Serve GET: a user."""
    user = place.world.users.get(request.match_info["user"])
    if user is None:
        raise Refusal(10013)
    return json_answer(user_payload(user))


async def get_own_guilds(request: web.Request, place: Place) -> web.Response:
    """Serve GET /users/@me/guilds: the guilds that the bot is in, by id, in pages."""
    limit, after = int(request.query.get("limit", 200)), int(request.query.get("after", 0))
    bot_id = place.world.bot.id
    own = [one for one in place.world.guilds.values() if bot_id in one.members]
    page = sorted((one for one in own if int(one.id) > after), key=lambda one: int(one.id))
    shown: list[Json] = []
    for guild in page[:limit]:
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        facts = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": False}
        shown.append(facts | {"permissions": "0", "features": []} | counts)
    return json_answer(shown)


async def leave_guild(request: web.Request, place: Place) -> web.Response:
    """Serve DELETE /users/@me/guilds/{guild}."""
    guild = _guild(request, place)
    if place.world.bot.id not in guild.members:
        raise Refusal(10004)
    remove_bot(place, guild)
    return nothing()


def remove_bot(place: Place, guild: Guild) -> None:
    """Remove the bot from a guild, and delete the guild's channels and messages."""
    gone: Json = {"id": guild.id, "unavailable": False}
    place.hub.dispatch("GUILD_DELETE", gone, guild_id=guild.id, intents=GUILDS)
    for channel_id in list(guild.channels):
        place.world.channels.pop(channel_id, None)
    guild.channels.clear()
    bot_id = place.world.bot.id  # many guilds share one dict of members
    guild.members = {one: member for one, member in guild.members.items() if one != bot_id}


def _guild(request: web.Request, place: Place) -> Guild:
    guild = place.world.guilds.get(request.match_info["guild"])
    if guild is None:
        raise Refusal(10004)
    return guild


ROUTES = [
    route("GET", "/guilds/{guild}", get_guild),
    route("GET", "/guilds/{guild}/channels", get_channels),
    route("GET", "/guilds/{guild}/roles", get_roles),
    route("GET", "/guilds/{guild}/members/{user}", get_member),
    route("GET", "/users/@me/guilds", get_own_guilds),
    route("DELETE", "/users/@me/guilds/{guild}", leave_guild),
    route("GET", "/users/{user}", get_user),
]
