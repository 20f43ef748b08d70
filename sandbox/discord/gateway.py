"""The gateway: one websocket per shard, HELLO to RESUME, plain or zlib-stream."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress

from aiohttp import WSMsgType, web

from sandbox.discord.core.json_types import Json, encode, stamp
from sandbox.discord.core.model import THREAD, Guild
from sandbox.discord.core.options import APPLICATION_ID
from sandbox.discord.core.payloads import guild_payload, member_payload, user_payload
from sandbox.discord.state.hidden_channels import gateway_channel, shown_threads
from sandbox.discord.state.server_state import PLACE, Place
from sandbox.discord.state.sessions import PRIVILEGED, Line, Session, belongs_to_shard

HEARTBEAT_MS = 41_250
CLOSING_S = 0.5
HEARTBEAT, IDENTIFY, PRESENCE, RESUME, MEMBERS = 1, 2, 3, 6, 8
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SHARD, SHARDING_REQUIRED, DISALLOWED_INTENTS = 4005, 4010, 4011, 4014
FOR_GOOD = (1000, 1001)


async def connect(request: web.Request) -> web.StreamResponse:
    """Serve one gateway connection until either side ends it."""
    place = request.app[PLACE]
    if place.hub.refused:
        place.hub.refused -= 1
        return web.Response(status=503)
    socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=CLOSING_S)
    await socket.prepare(request)
    line = Line()
    place.hub.lines.add(line)
    squeeze = place.options.compress and request.query.get("compress") == "zlib-stream"
    sending = asyncio.create_task(_send(socket, line=line, squeeze=squeeze))
    talk = _Talk(place, line=line, host=request.host)
    line.send(HELLO, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
    try:
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                talk.hear(frame.data)
    finally:
        place.hub.lines.discard(line)
        if line.is_closing:
            await sending
        else:
            sending.cancel()
        # After a close by the server the session can be resumed; the client's 1000 and 1001 end it.
        talk.leave(for_good=socket.close_code in FOR_GOOD and not line.is_closing)
    return socket


async def _send(socket: web.WebSocketResponse, *, line: Line, squeeze: bool) -> None:
    stream = zlib.compressobj()
    with suppress(ConnectionError):  # the client closed the connection first
        while not isinstance(text := await line.outbox.get(), int):
            if squeeze:
                packed = stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
                await socket.send_bytes(packed)
            else:
                await socket.send_str(text)
        await socket.close(code=text)


class _Talk:
    """The protocol state of one connection: handles the client's frames."""

    def __init__(self, place: Place, *, line: Line, host: str) -> None:
        self.place = place
        self.line = line
        self.host = host
        self.session: Session | None = None
        self._takers: Mapping[int, Callable[[Json], None]] = {
            HEARTBEAT: self._beat,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            PRESENCE: self._pass_over,
            MEMBERS: self._pass_over,
        }

    def hear(self, text: str) -> None:
        """Handle one frame of the client."""
        try:
            frame: Json = json.loads(text)
            opcode, said = frame["op"], frame.get("d") or {}
        except (ValueError, TypeError, KeyError):
            self.line.close(DECODE_ERROR)
            return
        take = self._takers.get(opcode)
        if take is None:
            self.line.close(UNKNOWN_OPCODE)
        else:
            take(said)

    def leave(self, *, for_good: bool) -> None:
        """Record that the connection is closed."""
        if self.session is not None:
            self.place.hub.leave(self.session, line=self.line, for_good=for_good)

    def _beat(self, _: Json) -> None:
        self.line.send(HEARTBEAT_ACK, None)

    def _pass_over(self, _: Json) -> None:
        """Ignore a frame without effect in the sandbox; before IDENTIFY close the connection."""
        if self.session is None:
            self.line.close(NOT_AUTHENTICATED)

    def _identify(self, said: Json) -> None:
        hub, refusal = self.place.hub, self._refusal(said)
        if refusal is not None:
            self.line.close(refusal)
        elif self.place.options.rate_limits and not hub.may_identify(_shard(said)[0]):
            self.line.send(INVALID_SESSION, False)  # noqa: FBT003 - the payload of op 9
        else:
            self.session = hub.open(self.line, intents=_intents(said), shard=_shard(said))
            self._welcome(self.session)
            hub.on_change()

    def _refusal(self, said: Json) -> int | None:
        """Return the close code with which an IDENTIFY is refused; None if it is accepted."""
        (number, count), options = _shard(said), self.place.options
        if self.session is not None:
            return ALREADY_AUTHENTICATED
        if said.get("token") != options.token:
            return AUTHENTICATION_FAILED
        if not 0 <= number < count:
            return INVALID_SHARD
        if _intents(said) & PRIVILEGED:
            return DISALLOWED_INTENTS
        if len(self._list_guilds((number, count))) > options.guilds_a_shard:
            return SHARDING_REQUIRED
        return None

    def _list_guilds(self, shard: tuple[int, int]) -> list[Guild]:
        bot = self.place.world.bot.id
        guilds = self.place.world.guilds.values()
        return [one for one in guilds if belongs_to_shard(one.id, shard) and bot in one.members]

    def _welcome(self, session: Session) -> None:
        world = self.place.world
        guilds = self._list_guilds(session.shard)
        ready: Json = {
            "v": 10,
            "user": user_payload(world.bot) | {"verified": True, "mfa_enabled": True},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": f"ws://{self.host}/gateway/",
            "shard": list(session.shard),
            "application": {"id": APPLICATION_ID, "flags": 0},
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
        }
        session.event("READY", encode(ready))
        for guild in guilds:
            session.event("GUILD_CREATE", encode(guild_create(self.place, guild)))

    def _resume(self, said: Json) -> None:
        if said.get("token") != self.place.options.token:
            self.line.close(AUTHENTICATION_FAILED)
            return
        hub, after = self.place.hub, int(said.get("seq") or 0)
        self.session = hub.resume(str(said.get("session_id")), line=self.line, after=after)
        if self.session is None:
            self.line.send(INVALID_SESSION, False)  # noqa: FBT003 - the payload of op 9
            return
        self.session.event("RESUMED", encode({"_trace": []}))
        hub.on_change()


def _shard(said: Json) -> tuple[int, int]:
    number, count = said.get("shard") or (0, 1)
    return number, count


def _intents(said: Json) -> int:
    return int(said.get("intents", 0))


def guild_create(place: Place, guild: Guild) -> Json:
    """Return GUILD_CREATE's payload: a guild with channels, threads and the bot's membership."""
    channels = [place.world.channels[channel_id] for channel_id in guild.channels]
    form = place.options.hidden_channels
    member = guild.members[place.world.bot.id]
    return guild_payload(guild) | {
        "joined_at": stamp(member.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_payload(member)],
        "channels": [
            gateway_channel(place.world, channel, guild=guild, form=form)
            for channel in channels
            if channel.kind != THREAD
        ],
        "threads": shown_threads(place.world, guild),
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
