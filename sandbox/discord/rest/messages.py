"""Routes of channels and their messages for the bot's token."""

from __future__ import annotations

from itertools import islice

from aiohttp import web

from sandbox.discord.core import permissions
from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import EPHEMERAL, THREAD, Channel, Message
from sandbox.discord.core.payloads import channel_payload
from sandbox.discord.core.request_body import Sent, read_body
from sandbox.discord.rest.middleware import json_answer, nothing, route
from sandbox.discord.state import messages
from sandbox.discord.state.messages import REPLY, Origin
from sandbox.discord.state.server_state import Place
from sandbox.discord.validation.messages import Draft, draft_message
from sandbox.discord.validation.validator import Form

HISTORY, HISTORY_DEFAULT = 100, 50
NONCE_S = 300.0
MESSAGES = "/channels/{channel}/messages"
MESSAGE = MESSAGES + "/{message}"


async def get_channel(request: web.Request, place: Place) -> web.Response:
    """Serve GET: a channel."""
    channel = _channel(request, place)
    return json_answer(channel_payload(channel, guild=place.world.find_guild(channel)))


async def get_messages(request: web.Request, place: Place) -> web.Response:
    """Serve GET: messages, newest first; `limit` up to 100 and one of before, after, around."""
    channel = _channel(request, place)
    _need(place, channel, permissions.READ_HISTORY)
    asked = {key: int(text) if text.isdecimal() else text for key, text in request.query.items()}
    form = Form(asked)
    limit = form.whole("limit", low=1, high=HISTORY) or HISTORY_DEFAULT
    for key in ("before", "after", "around"):
        form.whole(key, high=1 << 64)
    form.settle()
    seen = [message for message in channel.messages.values() if message.owner_id is None]
    return json_answer([messages.shown(place, one) for one in _page(seen, asked, limit=limit)])


def _page(seen: list[Message], asked: Json, *, limit: int) -> list[Message]:
    """Return at most `limit` messages around the requested id, newest first."""
    if "after" in asked:
        later = (one for one in seen if int(one.id) > asked["after"])
        return list(islice(later, limit))[::-1]
    if "around" in asked:
        half = limit // 2
        later = [one for one in seen if int(one.id) >= asked["around"]]
        earlier = [one for one in seen if int(one.id) < asked["around"]]
        return [*earlier[len(earlier) - half :], *later[: limit - half]][::-1]
    if "before" in asked:
        seen = [one for one in seen if int(one.id) < asked["before"]]
    return seen[::-1][:limit]


async def get_message(request: web.Request, place: Place) -> web.Response:
    """Serve GET: one message."""
    channel = _channel(request, place)
    _need(place, channel, permissions.READ_HISTORY)
    return json_answer(messages.shown(place, _message(request, place)))


async def post_message(request: web.Request, place: Place) -> web.Response:
    """Serve POST: a message; a repeated enforced nonce returns the message created earlier."""
    channel = _channel(request, place)
    sent = await read_body(request)
    _may_send(place, channel, sent=sent)
    draft = draft_message(sent, old=None, file_limit=place.options.file_limit)
    if draft.flags & EPHEMERAL:
        form = Form({})
        form.wrong("flags", "BASE_TYPE_CHOICES", "Only interactions have ephemeral messages")
        form.settle()
    earlier = _said_already(place, channel, draft=draft)
    if earlier is not None:
        return json_answer(messages.shown(place, earlier))
    reference = _reference(place, channel, draft=draft)
    origin = Origin(
        author=place.world.bot, reference=reference, kind=REPLY if reference is not None else 0
    )
    message = messages.publish(place, channel, draft=draft, origin=origin)
    if draft.nonce is not None:
        place.nonces[channel.id, draft.nonce] = (message.id, message.created_at)
    return json_answer(messages.shown(place, message))


async def patch_message(request: web.Request, place: Place) -> web.Response:
    """Serve PATCH: edit a message of the bot."""
    channel = _channel(request, place)
    sent = await read_body(request)
    message = _message(request, place)
    if message.author is not place.world.bot:
        raise Refusal(50005)
    if channel.archived:
        raise Refusal(50083)
    if sent.files:
        _need(place, channel, permissions.ATTACH_FILES)
    draft = draft_message(sent, old=message, file_limit=place.options.file_limit)
    messages.revise(place, message, draft=draft)
    return json_answer(messages.shown(place, message))


async def delete_message(request: web.Request, place: Place) -> web.Response:
    """Serve DELETE: a message of the bot, or any with MANAGE_MESSAGES."""
    channel = _channel(request, place)
    message = _message(request, place)
    if message.author is not place.world.bot:
        _need(place, channel, permissions.MANAGE_MESSAGES)
    messages.discard(place, message)
    return nothing()


async def typing(request: web.Request, place: Place) -> web.Response:
    """Serve POST typing; the sandbox shows it to no viewer."""
    _need(place, _channel(request, place), _send_bit(_channel(request, place)))
    return nothing()


async def open_dm(request: web.Request, place: Place) -> web.Response:
    """Serve POST /users/@me/channels: return the DM with a user."""
    sent = await read_body(request)
    form = Form(sent.value)
    form.only({"recipient_id"})
    recipient = form.snowflake("recipient_id", required=True) or ""
    form.settle()
    channel = place.world.dms.get(recipient)
    if channel is None:
        raise Refusal(50033)
    return json_answer(channel_payload(channel, guild=None))


def _channel(request: web.Request, place: Place) -> Channel:
    channel = place.world.channel(request.match_info["channel"])
    if not place.world.may(place.world.bot, channel=channel, bits=permissions.VIEW_CHANNEL):
        raise Refusal(50001)
    return channel


def _message(request: web.Request, place: Place) -> Message:
    """Return a message; for the bot's token an ephemeral one does not exist."""
    match = request.match_info
    message = place.world.message(match["channel"], message_id=match["message"])
    if message.owner_id is not None:
        raise Refusal(10008)
    if message.apart:
        raise Refusal(50001)
    return message


def _need(place: Place, channel: Channel, bits: int) -> None:
    if not place.world.may(place.world.bot, channel=channel, bits=bits):
        raise Refusal(50013)


def _send_bit(channel: Channel) -> int:
    is_thread = channel.kind == THREAD
    return permissions.SEND_IN_THREADS if is_thread else permissions.SEND_MESSAGES


def _may_send(place: Place, channel: Channel, *, sent: Sent) -> None:
    _need(place, channel, _send_bit(channel))
    if sent.files:
        _need(place, channel, permissions.ATTACH_FILES)
    if sent.value.get("embeds"):
        _need(place, channel, permissions.EMBED_LINKS)
    if channel.locked:
        raise Refusal(160005)
    # A message reopens an archived thread, unless the thread is locked.
    channel.archived = False


def _said_already(place: Place, channel: Channel, *, draft: Draft) -> Message | None:
    if draft.nonce is None or not draft.enforce_nonce:
        return None
    message_id, said_at = place.nonces.get((channel.id, draft.nonce), ("", 0.0))
    if place.clock.now() >= said_at + NONCE_S:
        return None
    return channel.messages.get(message_id)


def _reference(place: Place, channel: Channel, *, draft: Draft) -> Json | None:
    referenced = draft.reference
    if referenced is None:
        return None
    _need_history(place, channel)
    answered = channel.messages.get(str(referenced["message_id"]))
    if answered is None or answered.owner_id is not None:
        if referenced.get("fail_if_not_exists") is False:
            return None
        form = Form({})
        form.wrong("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        form.settle()
    reference = {"type": 0, "message_id": str(referenced["message_id"]), "channel_id": channel.id}
    return reference | {"guild_id": channel.guild_id} if channel.guild_id else reference


def _need_history(place: Place, channel: Channel) -> None:
    if not place.world.may(place.world.bot, channel=channel, bits=permissions.READ_HISTORY):
        raise Refusal(160002)


ROUTES = [
    route("GET", "/channels/{channel}", get_channel),
    route("GET", MESSAGES, get_messages),
    route("POST", MESSAGES, post_message),
    route("GET", MESSAGE, get_message),
    route("PATCH", MESSAGE, patch_message),
    route("DELETE", MESSAGE, delete_message),
    route("POST", "/channels/{channel}/typing", typing),
    route("POST", "/users/@me/channels", open_dm),
]
