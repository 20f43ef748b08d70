"""Routes of an interaction token, valid for 15 minutes: follow up, edit and delete responses."""

from __future__ import annotations

from aiohttp import web

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.model import Message
from sandbox.discord.core.options import APPLICATION_ID
from sandbox.discord.core.request_body import read_body
from sandbox.discord.rest.interaction_callbacks import respond
from sandbox.discord.rest.middleware import json_answer, nothing, route
from sandbox.discord.state import messages
from sandbox.discord.state.interactions import FOLLOWUPS_APART, Interaction
from sandbox.discord.state.messages import REPLY
from sandbox.discord.state.server_state import Place
from sandbox.discord.validation.messages import draft_message

ORIGINAL = "@original"
WEBHOOK = "/webhooks/{application}/{token}"


async def follow_up(request: web.Request, place: Place) -> web.Response:
    """Serve POST: a follow-up; the first one after a defer becomes the deferred message."""
    sent = await read_body(request)
    interaction = _speaking(request, place)
    limit = place.options.file_limit
    if interaction.is_deferred and interaction.response is not None:
        message = interaction.response
        messages.revise(place, message, draft=draft_message(sent, old=message, file_limit=limit))
        interaction.is_deferred = False
        interaction.edits.append(place.clock.now())
        return json_answer(messages.shown(place, message))
    draft = draft_message(sent, old=None, file_limit=limit)
    if interaction.is_apart and interaction.followups >= FOLLOWUPS_APART:
        raise Refusal(40094)
    interaction.followups += 1
    message = respond(place, interaction, draft=draft, kind=REPLY)
    return json_answer(messages.shown(place, message))


async def get_message(request: web.Request, place: Place) -> web.Response:
    """Serve GET: @original or a follow-up."""
    interaction = _speaking(request, place)
    message = _message(place, interaction, message_id=request.match_info["message"])
    return json_answer(messages.shown(place, message))


async def patch_message(request: web.Request, place: Place) -> web.Response:
    """Serve PATCH: @original or a follow-up."""
    sent = await read_body(request)
    interaction = _speaking(request, place)
    message = _message(place, interaction, message_id=request.match_info["message"])
    draft = draft_message(sent, old=message, file_limit=place.options.file_limit)
    messages.revise(place, message, draft=draft)
    if message is interaction.response:
        interaction.is_deferred = False
    interaction.edits.append(place.clock.now())
    return json_answer(messages.shown(place, message))


async def delete_message(request: web.Request, place: Place) -> web.Response:
    """Serve DELETE: @original or a follow-up."""
    interaction = _speaking(request, place)
    message = _message(place, interaction, message_id=request.match_info["message"])
    messages.discard(place, message)
    if message is interaction.response:
        interaction.is_deferred = False
    return nothing()


def _speaking(request: web.Request, place: Place) -> Interaction:
    if request.match_info["application"] != APPLICATION_ID:
        raise Refusal(10015)
    return place.interactions.speaking(request.match_info["token"])


def _message(place: Place, interaction: Interaction, *, message_id: str) -> Message:
    original = interaction.response
    if original is not None and message_id in (ORIGINAL, original.id):
        return place.world.message(original.channel_id, message_id=original.id)
    message = place.world.message(interaction.channel.id, message_id=message_id)
    if message.interaction_id != interaction.id:
        raise Refusal(10008)
    return message


ROUTES = [
    route("POST", WEBHOOK, follow_up),
    route("GET", f"{WEBHOOK}/messages/{{message}}", get_message),
    route("PATCH", f"{WEBHOOK}/messages/{{message}}", patch_message),
    route("DELETE", f"{WEBHOOK}/messages/{{message}}", delete_message),
]
