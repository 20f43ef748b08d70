"""Guilds, members and users, read only."""

from __future__ import annotations

from aiohttp import web

from sandbox.discord.doorway import json_answer, route
from sandbox.discord.hidden import is_viewable
from sandbox.discord.model import THREAD, Guild
from sandbox.discord.payloads import (
    channel_payload,
    guild_payload,
    member_payload,
    role_payload,
    user_payload,
)
from sandbox.discord.place import Place
from sandbox.discord.refusal import Refusal


async def get_guild(request: web.Request, place: Place) -> web.Response:
    """GET a guild."""
    guild = _guild(request, place)
    shown = guild_payload(guild)
    if request.query.get("with_counts") in ("1", "true"):
        shown |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return json_answer(shown)


async def get_channels(request: web.Request, place: Place) -> web.Response:
    """GET the channels of a guild that the bot may view, threads left out."""
    guild = _guild(request, place)
    channels = [place.world.channels[channel_id] for channel_id in guild.channels]
    shown = [one for one in channels if one.kind != THREAD and is_viewable(place.world, one)]
    return json_answer([channel_payload(channel, guild=guild) for channel in shown])


async def get_roles(request: web.Request, place: Place) -> web.Response:
    """GET the roles of a guild."""
    return json_answer([role_payload(role) for role in _guild(request, place).roles.values()])


async def get_member(request: web.Request, place: Place) -> web.Response:
    """GET a member."""
    member = _guild(request, place).members.get(request.match_info["user"])
    if member is None:
        raise Refusal(10007)
    return json_answer(member_payload(member))


async def get_user(request: web.Request, place: Place) -> web.Response:
    """GET a user."""
    user = place.world.users.get(request.match_info["user"])
    if user is None:
        raise Refusal(10013)
    return json_answer(user_payload(user))


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
    route("GET", "/users/{user}", get_user),
]
