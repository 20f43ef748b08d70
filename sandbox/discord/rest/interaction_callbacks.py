"""The first response to an interaction: POST /interactions/{id}/{token}/callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from aiohttp import web

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import EPHEMERAL, LOADING, Message
from sandbox.discord.core.permissions import USE_EXTERNAL_APPS
from sandbox.discord.core.request_body import Sent, read_body
from sandbox.discord.rest.middleware import json_answer, nothing, route
from sandbox.discord.state import interaction_dispatch, messages
from sandbox.discord.state.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT, Interaction
from sandbox.discord.state.messages import COMMAND_RESPONSE, MENU_RESPONSE, Origin
from sandbox.discord.state.server_state import Place
from sandbox.discord.validation.commands import CHOICES, STRING, judge_choice
from sandbox.discord.validation.components import judge_modal
from sandbox.discord.validation.messages import Draft, draft_message
from sandbox.discord.validation.validator import Form

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICE_LIST, MODAL = 4, 5, 6, 7, 8, 9
SPEAKING = (COMMAND, COMPONENT, SUBMIT)
ANSWERS: Mapping[int, tuple[int, ...]] = {
    MESSAGE: SPEAKING,
    DEFERRED_MESSAGE: SPEAKING,
    DEFERRED_UPDATE: (COMPONENT, SUBMIT),
    UPDATE: (COMPONENT, SUBMIT),
    CHOICE_LIST: (AUTOCOMPLETE,),
    MODAL: (COMMAND, COMPONENT),
}


async def callback(request: web.Request, place: Place) -> web.Response:
    """Accept the first response; return 204, or with ?with_response=1 what it created."""
    sent = await read_body(request)
    interaction = place.interactions.awaiting(
        request.match_info["interaction"], token=request.match_info["token"]
    )
    form = Form(sent.value)
    form.only({"type", "data"})
    kind = form.one_of("type", ANSWERS, required=True)
    if kind is not None and interaction.kind not in ANSWERS.get(kind, (interaction.kind,)):
        words = f"Interaction type {interaction.kind} can not be answered with {kind}"
        form.wrong("type", "INTERACTION_CALLBACK_TYPE_INVALID", words)
    form.settle()
    kind = cast("int", kind)
    TAKERS[kind](place, interaction, Sent(sent.value.get("data") or {}, sent.files))
    place.interactions.acknowledge(interaction, callback_type=kind)
    interaction_dispatch.acknowledged(interaction)
    if request.query.get("with_response") not in ("1", "true", "True"):
        return nothing()
    return json_answer(_callback_response(place, interaction, kind=kind))


def _say(place: Place, interaction: Interaction, sent: Sent) -> None:
    limit = place.options.file_limit
    draft = draft_message(sent, old=None, file_limit=limit, under=("data",))
    interaction.response = respond(place, interaction, draft=draft, kind=_kind(interaction))


def _defer(place: Place, interaction: Interaction, sent: Sent) -> None:
    form = Form(sent.value, path=("data",))
    form.only({"flags"})
    flags = form.whole("flags") or 0
    if flags & ~EPHEMERAL:
        words = "A deferred response takes no flag but EPHEMERAL"
        form.wrong("flags", "BASE_TYPE_CHOICES", words)
    form.settle()
    draft = Draft(flags=flags | LOADING)
    interaction.response = respond(place, interaction, draft=draft, kind=_kind(interaction))
    interaction.is_deferred = True


def _defer_update(_: Place, interaction: Interaction, sent: Sent) -> None:
    form = Form(sent.value, path=("data",))
    form.only(())
    form.settle()
    interaction.response = _source(interaction)


def _update(place: Place, interaction: Interaction, sent: Sent) -> None:
    source = _source(interaction)
    place.world.message(source.channel_id, message_id=source.id)
    limit = place.options.file_limit
    draft = draft_message(sent, old=source, file_limit=limit, under=("data",))
    messages.revise(place, source, draft=draft)
    interaction.response = source


def _choose(_: Place, interaction: Interaction, sent: Sent) -> None:
    form = Form(sent.value, path=("data",))
    form.only({"choices"})
    kind = _focused_type(interaction.data["options"])
    for choice in form.parts("choices", high=CHOICES, required=True):
        judge_choice(choice, kind=kind)
    form.settle()
    interaction_dispatch.suggest(interaction, sent.value["choices"])


def _focused_type(options: list[Json]) -> int:
    """Return the type of the option that the member is typing."""
    for option in options:
        if option.get("focused"):
            return option["type"]
        if "options" in option:
            return _focused_type(option["options"])
    return STRING


def _open_modal(_: Place, interaction: Interaction, sent: Sent) -> None:
    form = Form(sent.value, path=("data",))
    judge_modal(form)
    form.settle()
    messages.number_components(sent.value["components"])
    interaction.modal = sent.value
    frame = {"type": "modal", "nonce": interaction.nonce, "id": interaction.id}
    interaction.seat.send(frame | sent.value)


TAKERS: Mapping[int, Callable[[Place, Interaction, Sent], None]] = {
    MESSAGE: _say,
    DEFERRED_MESSAGE: _defer,
    DEFERRED_UPDATE: _defer_update,
    UPDATE: _update,
    CHOICE_LIST: _choose,
    MODAL: _open_modal,
}


def respond(place: Place, interaction: Interaction, *, draft: Draft, kind: int) -> Message:
    """Publish a response or follow-up; ephemeral if flagged, or if a user's app must be private."""
    forced = interaction.is_apart and not place.world.may(
        interaction.user, channel=interaction.channel, bits=USE_EXTERNAL_APPS
    )
    if forced:
        draft.flags |= EPHEMERAL
    channel = place.world.channel(interaction.channel.id)
    origin = Origin(
        author=place.world.bot,
        interaction=interaction,
        owner_id=interaction.user.id if draft.flags & EPHEMERAL else None,
        reference=_reference(interaction),
        kind=kind,
    )
    return messages.publish(place, channel, draft=draft, origin=origin)


def _reference(interaction: Interaction) -> Json | None:
    """Return a reference to the first response, which a follow-up replies to."""
    first = interaction.response
    if first is None:
        return None
    described = {"type": 0, "message_id": first.id, "channel_id": first.channel_id}
    guild_id = interaction.channel.guild_id
    return described | {"guild_id": guild_id} if guild_id else described


def _kind(interaction: Interaction) -> int:
    if interaction.kind != COMMAND:
        return 0
    is_menu = interaction.data["type"] != 1
    return MENU_RESPONSE if is_menu else COMMAND_RESPONSE


def _source(interaction: Interaction) -> Message:
    if interaction.source is None:
        form = Form({})
        words = "There is no message to update: the modal was opened by a command"
        form.wrong("type", "INTERACTION_CALLBACK_TYPE_INVALID", words)
        form.settle()
        raise Refusal(10008)
    return interaction.source


def _callback_response(place: Place, interaction: Interaction, *, kind: int) -> Json:
    described: Json = {"id": interaction.id, "type": interaction.kind}
    message = interaction.response
    if message is not None:
        described["response_message_id"] = message.id
        described["response_message_loading"] = bool(message.flags & LOADING)
        described["response_message_ephemeral"] = message.owner_id is not None
        described["channel_id"] = message.channel_id
    if kind in (CHOICE_LIST, MODAL, DEFERRED_UPDATE):
        return {"interaction": described}
    resource: Json = {"type": kind}
    if message is not None:
        resource["message"] = messages.shown(place, message)
    return {"interaction": described, "resource": resource}


ROUTES = [route("POST", "/interactions/{interaction}/{token}/callback", callback)]
