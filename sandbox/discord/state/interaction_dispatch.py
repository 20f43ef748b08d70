"""Opens an interaction, sends it to the bot, and enforces its deadline (Discord: 3 s)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.discord.core import permissions
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import GROUP, Channel, Message
from sandbox.discord.core.options import APPLICATION_ID
from sandbox.discord.core.payloads import channel_payload, member_payload, user_payload
from sandbox.discord.state.interactions import AUTOCOMPLETE, Interaction
from sandbox.discord.state.messages import shown
from sandbox.discord.state.server_state import Place
from sandbox.discord.state.viewers import Seat

OFFLINE = "The bot is offline"
UNANSWERED = "The application did not respond"
GUILD_CONTEXT, DM_CONTEXT, PRIVATE_CONTEXT = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A member's validated action: the `data` of an interaction of `kind`."""

    kind: int
    seat: Seat
    channel: Channel
    data: Json
    nonce: object = None
    name: str | None = None
    installer_id: str | None = None
    source: Message | None = None
    opener: Interaction | None = None


def summon(place: Place, call: Call) -> Interaction:
    """Send an interaction to the bot; if the bot is offline, the interaction fails at once."""
    interaction = place.interactions.open(
        call.kind, seat=call.seat, channel=call.channel, nonce=call.nonce, data=call.data
    )
    interaction.name, interaction.installer_id = call.name, call.installer_id
    interaction.source, interaction.opener = call.source, call.opener
    if not place.hub.is_reachable(call.channel.guild_id):
        fail(interaction, OFFLINE)
        return interaction
    _report(interaction)
    payload = interaction_payload(place, interaction)
    place.hub.dispatch("INTERACTION_CREATE", payload, guild_id=call.channel.guild_id)
    watch = asyncio.create_task(_watch(place, interaction), name=f"deadline-{interaction.id}")
    place.tasks.add(watch)
    watch.add_done_callback(place.tasks.discard)
    return interaction


def fail(interaction: Interaction, reason: str) -> None:
    """End an interaction that the bot did not acknowledge, and show its member the reason."""
    interaction.state, interaction.reason = "failed", reason
    _report(interaction)
    if interaction.kind == AUTOCOMPLETE:
        suggest(interaction, [])


def suggest(interaction: Interaction, choices: list[Json]) -> None:
    """Show the member `choices` while they type."""
    interaction.seat.send({"type": "choices", "nonce": interaction.nonce, "choices": choices})


def acknowledged(interaction: Interaction) -> None:
    """Show the member that the bot has responded."""
    _report(interaction)


def interaction_payload(place: Place, interaction: Interaction) -> Json:
    """Return INTERACTION_CREATE's payload."""
    channel, user = interaction.channel, interaction.user
    guild = place.world.find_guild(channel)
    bits = place.world.bits(user, channel=channel)
    payload: Json = {
        "id": interaction.id,
        "application_id": APPLICATION_ID,
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "locale": interaction.seat.locale,
        "channel_id": channel.id,
        "channel": channel_payload(channel, guild=guild) | {"permissions": str(bits)},
        "app_permissions": str(_app_bits(place, interaction)),
        "attachment_size_limit": place.options.file_limit,
        "authorizing_integration_owners": interaction.owners,
        "context": find_context(channel),
        "entitlements": [],
        "entitlement_sku_ids": [],
    }
    if interaction.source is not None:
        payload["message"] = shown(place, interaction.source)
    if guild is None:
        return payload | {"user": user_payload(user)}
    member = member_payload(guild.members[user.id]) | {"permissions": str(bits)}
    partial = {"id": guild.id, "locale": guild.preferred_locale, "features": []}
    place_of_use = {"guild_id": guild.id, "guild": partial, "guild_locale": guild.preferred_locale}
    return payload | place_of_use | {"member": member}


def find_context(channel: Channel) -> int:
    """Return the context of a command: a guild, the DM with the bot, or a group chat."""
    if channel.guild_id is not None:
        return GUILD_CONTEXT
    return PRIVATE_CONTEXT if channel.kind == GROUP else DM_CONTEXT


def _app_bits(place: Place, interaction: Interaction) -> int:
    if interaction.is_apart or interaction.channel.guild_id is None:
        return permissions.WITHOUT_ROLES
    return place.world.bits(place.world.bot, channel=interaction.channel)


def _report(interaction: Interaction) -> None:
    if interaction.kind == AUTOCOMPLETE:
        return
    interaction.seat.send(
        {
            "type": "interaction",
            "nonce": interaction.nonce,
            "id": interaction.id,
            "state": interaction.state,
            "reason": interaction.reason,
        }
    )


async def _watch(place: Place, interaction: Interaction) -> None:
    await place.clock.sleep_until(place.interactions.get_deadline(interaction))
    if interaction.state == "pending":
        fail(interaction, UNANSWERED)
