"""Commands that a member uses on the page: slash commands, menus, autocompletion."""

from __future__ import annotations

from sandbox.discord.core import permissions
from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Channel
from sandbox.discord.state.interaction_dispatch import (
    GUILD_CONTEXT,
    PRIVATE_CONTEXT,
    Call,
    find_context,
    summon,
)
from sandbox.discord.state.interactions import AUTOCOMPLETE, COMMAND
from sandbox.discord.state.server_state import Place
from sandbox.discord.state.viewers import Seat
from sandbox.discord.validation.commands import CHAT, GROUP, MESSAGE_MENU, SUB
from sandbox.discord.web.option_values import Picks, Unfit

USER_INSTALL = "user_install"


def use_command(place: Place, seat: Seat, frame: Json) -> None:
    """Send a submitted command to the bot; raises Unfit if Discord's client would not send it."""
    _use(place, seat, frame, complete=True)


def autocomplete(place: Place, seat: Seat, frame: Json) -> None:
    """Request choices from the bot while the member types a command."""
    _use(place, seat, frame, complete=False)


def seen_channel(place: Place, seat: Seat, channel_id: object) -> Channel:
    """Return a channel that the viewer can see; raises Unfit otherwise."""
    channel = place.world.channels.get(str(channel_id))
    if channel is None or not place.audience.sees(seat.viewer, channel=channel, owner_id=None):
        raise Unfit("the channel is gone")
    return channel


def _use(place: Place, seat: Seat, frame: Json, *, complete: bool) -> None:
    channel = seen_channel(place, seat, frame.get("channel_id"))
    command = _command(place, str(frame.get("command_id")), channel=channel)
    apart = frame.get("context") == USER_INSTALL or find_context(channel) == PRIVATE_CONTEXT
    _admit(place, seat, command=command, channel=channel, apart=apart)
    picks = Picks(place, viewer=seat.viewer, channel=channel)
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if command["type"] == CHAT:
        given: list[Json] = frame.get("options") or []
        defined: list[Json] = command.get("options") or []
        data["options"] = picks.options(given, defined=defined, complete=complete)
        if complete:
            _check_branch(defined, given=given)
    else:
        target = str(frame.get("target_id"))
        is_message = command["type"] == MESSAGE_MENU
        data["target_id"] = picks.message(target) if is_message else picks.user(target)
    if picks.resolved:
        data["resolved"] = picks.resolved
    call = Call(
        kind=COMMAND if complete else AUTOCOMPLETE,
        seat=seat,
        channel=channel,
        data=data,
        nonce=frame.get("nonce"),
        name=_spoken_name(data),
        installer_id=seat.viewer.id if apart else None,
    )
    summon(place, call)


def _command(place: Place, command_id: str, *, channel: Channel) -> Json:
    """Return a command of the channel's guild, or a global one."""
    for scope in (channel.guild_id, None):
        try:
            return place.registry.find(command_id, guild_id=scope)
        except Refusal:
            continue
    raise Unfit("there is no such command (any more)")


def _admit(place: Place, seat: Seat, *, command: Json, channel: Channel, apart: bool) -> None:
    context = find_context(channel)
    contexts: list[int] | None = command.get("contexts")
    barred_in_dm = contexts is None and command.get("dm_permission") is False
    if (contexts is not None and context not in contexts) or (
        context != GUILD_CONTEXT and (barred_in_dm or "guild_id" in command)
    ):
        raise Unfit("this command can not be used here")
    if apart and 1 not in (command.get("integration_types") or [0]):
        raise Unfit("this command can not be installed by a user")
    bits = place.world.bits(seat.viewer, channel=channel)
    needed = command.get("default_member_permissions")
    barred = bits & int(needed or 0) != int(needed or 0) or needed == "0"
    if channel.guild_id and not bits & permissions.USE_COMMANDS:
        raise Unfit("you may not use commands here")
    if channel.guild_id and barred and bits != permissions.ALL:
        raise Unfit("you do not have the permissions this command needs")
    if command.get("nsfw"):
        raise Unfit("this command needs an age-restricted channel")


def _check_branch(defined: list[Json], *, given: list[Json]) -> None:
    """Require exactly one sub-command if the command has sub-commands."""
    branches = [option for option in defined if option["type"] in (SUB, GROUP)]
    if branches and len(given) != 1:
        raise Unfit("exactly one sub-command is needed")


def _spoken_name(data: Json) -> str:
    """Return the full name with its sub-commands, as in `interaction_metadata`."""
    words = [data["name"]]
    options: list[Json] = data.get("options") or []
    while options and options[0]["type"] in (SUB, GROUP):
        words.append(options[0]["name"])
        options = options[0]["options"]
    return " ".join(words)
