"""Control routes for tests, the demo and benchmarks: state, gateway faults, removals.

GET  /sandbox/state
POST /sandbox/gateway {"action": "close", "code": 4000} | {"action": "reconnect"}
                      {"action": "invalidate", "resumable": false}
                      {"action": "refuse", "times": 1}
                      each but the last with "shard": 2 for the connections of that shard only
POST /sandbox/remove  {"channel": id} | {"channel": id, "message": id}
                      {"permission": "ATTACH_FILES", "channel": id, "restore": false}
                      {"permission": "USE_EXTERNAL_APPS", "channel": id, "role": id}
                      {"guild": id}
POST /sandbox/thread  {"channel": id, "archived": true, "locked": false}
POST /sandbox/guild   {"guild": id}: add the bot again to a guild that it was removed from
POST /sandbox/channel {"name": "den", "kind": "voice", "nsfw": true, "hidden": true, "parent": id}
                      with "guild": id in a guild other than the studio
POST /sandbox/role    {"guild": id, "user": id, "name": "Mod", "permissions": ["MANAGE_GUILD"]}
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from aiohttp import web

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import (
    CATEGORY,
    FORUM,
    STAGE,
    TEXT,
    THREAD,
    VOICE,
    Channel,
    Guild,
    Member,
    Message,
    Role,
)
from sandbox.discord.core.payloads import channel_payload, role_payload
from sandbox.discord.core.permissions import NAMES
from sandbox.discord.gateway import guild_create
from sandbox.discord.rest.guilds import remove_bot
from sandbox.discord.state import messages as posting
from sandbox.discord.state.hidden_channels import gateway_channel
from sandbox.discord.state.interactions import Interaction
from sandbox.discord.state.server_state import PLACE, Place
from sandbox.discord.state.sessions import GUILDS
from sandbox.discord.web.server import page_user
from sandbox.fault_routes import control_routes, loopback_only

RECONNECT, INVALID_SESSION = 7, 9
UNKNOWN_ERROR = 4000
KINDS = {"text": TEXT, "voice": VOICE, "category": CATEGORY, "stage": STAGE, "forum": FORUM}


async def state(request: web.Request) -> web.Response:
    """Serve GET /sandbox/state: everything that happened."""
    place = request.app[PLACE]
    channels = place.world.channels.values()
    messages = [_message(place, one) for channel in channels for one in channel.messages.values()]
    state: Json = {
        "now": place.clock.now(),
        "bot": {"online": place.hub.is_online, "user": page_user(place, place.world.bot)},
        "guilds": len(place.world.guilds),
        "channels": {c.id: {"name": c.name, "guild_id": c.guild_id} for c in channels},
        "commands": place.registry.visible(place.world.studio.id),
        "messages": messages,
        "interactions": [_interaction(one) for one in place.interactions.by_id.values()],
        "requests": dict(place.ledger.requests),
        "rule_breaks": list(place.ledger.breaks),
        "pings": list(place.ledger.pings),
        "gateway": {
            "sessions": len(place.hub.sessions),
            "connections": len(place.hub.lines),
            "identified": place.hub.identified,
            "resumed": place.hub.resumed,
            "starts": place.hub.starts,
            "shards": [
                list(one.shard) for one in place.hub.sessions.values() if one.line is not None
            ],
        },
    }
    return web.json_response(state)


async def gateway(request: web.Request) -> web.Response:
    """Serve POST /sandbox/gateway: close, reconnect (op 7), invalidate (op 9) or refuse."""
    hub = request.app[PLACE].hub
    order: Json = await request.json()
    action, lines = order.get("action"), hub.list_connections(order.get("shard"))
    if action == "close":
        for line in lines:
            line.close(int(order.get("code", UNKNOWN_ERROR)))
    elif action == "reconnect":
        for line in lines:
            line.send(RECONNECT, None)
    elif action == "invalidate":
        resumable = order.get("resumable") is True
        if not resumable:
            hub.invalidate(order.get("shard"))
        for line in lines:
            line.send(INVALID_SESSION, resumable)
    elif action == "refuse":
        hub.refused = int(order.get("times", 1))
    else:
        raise web.HTTPBadRequest(text="action: close, reconnect, invalidate or refuse")
    return web.json_response({"connections": len(lines)})


async def remove(request: web.Request) -> web.Response:
    """Serve POST /sandbox/remove: delete a message or channel, or revoke (restore) a permission."""
    place = request.app[PLACE]
    order: Json = await request.json()
    if "guild" in order:
        _delete_guild(place, str(order["guild"]))
        return web.json_response({"removed": order})
    try:
        channel = place.world.channel(str(order.get("channel")))
        if "message" in order:
            message_id = str(order["message"])
            posting.discard(place, place.world.message(channel.id, message_id=message_id))
        elif "permission" in order:
            whose = str(order.get("role", place.world.bot.id))
            restore = order.get("restore") is True
            _permit(place, channel, name=order["permission"], whose=whose, restore=restore)
        else:
            _delete_channel(place, channel)
    except Refusal as problem:
        raise web.HTTPNotFound(text=problem.message) from problem
    except KeyError as problem:
        raise web.HTTPBadRequest(text=f"permission: one of {', '.join(NAMES)}") from problem
    return web.json_response({"removed": order})


async def guild(request: web.Request) -> web.Response:
    """Serve POST /sandbox/guild: add the bot again to a guild that it was removed from."""
    place = request.app[PLACE]
    order: Json = await request.json()
    found = place.world.guilds.get(str(order.get("guild")))
    if found is None:
        raise web.HTTPNotFound(text="there is no such guild")
    bot = place.world.bot
    found.members[bot.id] = Member(bot, [], place.clock.now())
    joined = guild_create(place, found)
    del joined["unavailable"]  # Discord sends it only for guilds that the session knows
    place.hub.dispatch("GUILD_CREATE", joined, guild_id=found.id, intents=GUILDS)
    return web.json_response({"added": found.id})


async def thread(request: web.Request) -> web.Response:
    """Serve POST /sandbox/thread: archive or lock a thread, or open it again."""
    place = request.app[PLACE]
    order: Json = await request.json()
    channel = place.world.channels.get(str(order.get("channel")))
    if channel is None or channel.kind != THREAD:
        raise web.HTTPNotFound(text="there is no such thread")
    channel.archived = order.get("archived") is True
    channel.locked = order.get("locked") is True
    _dispatch(place, channel, event="THREAD_UPDATE")
    return web.json_response({"archived": channel.archived, "locked": channel.locked})


async def channel(request: web.Request) -> web.Response:
    """Serve POST /sandbox/channel: make a channel of the studio or another guild; return its id."""
    place = request.app[PLACE]
    order: Json = await request.json()
    kind = KINDS.get(order.get("kind", "text"))
    if kind is None:
        raise web.HTTPBadRequest(text=f"kind: one of {', '.join(KINDS)}")
    made = place.world.add_channel(
        _find_guild(place, order),
        name=str(order.get("name", "new")),
        kind=kind,
        nsfw=order.get("nsfw") is True,
        parent_id=order.get("parent"),
        hidden=order.get("hidden") is True,
    )
    _dispatch(place, made, event="CHANNEL_CREATE")
    return web.json_response({"id": made.id})


async def role(request: web.Request) -> web.Response:
    """Serve POST /sandbox/role: make a role and give it to a member; return its id."""
    place = request.app[PLACE]
    order: Json = await request.json()
    guild = _find_guild(place, order)
    member = guild.members.get(str(order.get("user")))
    names: list[str] = order.get("permissions", [])
    if member is None or not NAMES.keys() >= set(names):
        raise web.HTTPBadRequest(text=f"user: a member; permissions: of {', '.join(NAMES)}")
    bits = reduce(or_, (NAMES[name] for name in names), 0)
    made = Role(
        place.world.snowflakes.mint(), str(order.get("name", "new")), bits, len(guild.roles)
    )
    guild.roles[made.id] = made
    member.roles.append(made.id)
    payload = {"guild_id": guild.id, "role": role_payload(made)}
    place.hub.dispatch("GUILD_ROLE_CREATE", payload, guild_id=guild.id, intents=GUILDS)
    return web.json_response({"id": made.id})


def _find_guild(place: Place, order: Json) -> Guild:
    guild = place.world.guilds.get(str(order.get("guild", place.world.studio.id)))
    if guild is None:
        raise web.HTTPNotFound(text="there is no such guild")
    return guild


def _permit(place: Place, channel: Channel, *, name: str, whose: str, restore: bool) -> None:
    bit = NAMES[name]
    allow, deny = channel.overwrites.get(whose, (0, 0))
    channel.overwrites[whose] = (allow, deny & ~bit if restore else deny | bit)
    _dispatch(place, channel, event="THREAD_UPDATE" if channel.kind == THREAD else "CHANNEL_UPDATE")
    if (
        channel.parent_id is not None and channel.kind != THREAD
    ):  # the parent may be viewed because of its child
        _dispatch(place, place.world.channels[channel.parent_id], event="CHANNEL_UPDATE")


def _delete_channel(place: Place, channel: Channel) -> None:
    guild = place.world.find_guild(channel)
    if guild is None:
        raise Refusal(10003)
    _dispatch(place, channel, event="THREAD_DELETE" if channel.kind == THREAD else "CHANNEL_DELETE")
    del place.world.channels[channel.id]
    guild.channels.remove(channel.id)


def _delete_guild(place: Place, guild_id: str) -> None:
    guild = place.world.guilds.get(guild_id)
    if guild is None:
        raise web.HTTPNotFound(text="there is no such guild")
    remove_bot(place, guild)


def _dispatch(place: Place, channel: Channel, *, event: str) -> None:
    guild = place.world.find_guild(channel)
    assert guild is not None
    if channel.kind == THREAD:
        payload = channel_payload(channel, guild=guild)
    else:
        form = place.options.hidden_channels
        payload = gateway_channel(place.world, channel, guild=guild, form=form)
    place.hub.dispatch(event, payload, guild_id=channel.guild_id, intents=GUILDS)


def _message(place: Place, message: Message) -> Json:
    return posting.shown(place, message) | {"ephemeral_to": message.owner_id}


def _interaction(one: Interaction) -> Json:
    return {
        "id": one.id,
        "type": one.kind,
        "name": one.name,
        "user_id": one.user.id,
        "channel_id": one.channel.id,
        "state": one.state,
        "reason": one.reason,
        "created_at": one.created_at,
        "acknowledged_at": one.acknowledged_at,
        "callback_type": one.callback_type,
        "response_id": one.response.id if one.response else None,
        "edits": one.edits,
        "followups": one.followups,
    }


def routes(place: Place) -> list[web.RouteDef]:
    """Return every control route; they accept loopback requests only."""
    return [
        web.get("/sandbox/state", loopback_only(state)),
        web.post("/sandbox/gateway", loopback_only(gateway)),
        web.post("/sandbox/remove", loopback_only(remove)),
        web.post("/sandbox/guild", loopback_only(guild)),
        web.post("/sandbox/thread", loopback_only(thread)),
        web.post("/sandbox/channel", loopback_only(channel)),
        web.post("/sandbox/role", loopback_only(role)),
        *control_routes(place.plan),
    ]
