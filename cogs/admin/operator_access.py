"""/repaint-operator block, unblock, servers: which users and servers may use the bot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import discord
from discord import app_commands
from discord.ext import commands

from cogs.admin.members import MOST_ASKED, Choices, Reason
from cogs.admin.responder import fitted, get_locale, id_in, offered
from cogs.ui import Names, format_audit_entry, plain, sentence, translated
from services.errors import BadValue, ChannelGone, DeliveryFailed
from services.guilds import GuildService
from services.models import BotAccess, BotAction

MOST_LISTED = 1_000
"""Maximum number of servers fetched from Discord: five calls."""


ALLOWING = ("allow_guild", "disallow_guild", "allow_every_guild")
"""Actions that change the list of allowed servers."""


class OperatorPart(commands.Cog):
    """Base of the operator's commands."""

    def __init__(
        self, *, community: GuildService, names: Names, operator_ids: Collection[int]
    ) -> None:
        self._community = community
        self._names = names
        self._operator_ids = operator_ids

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Return whether the user is an operator."""
        return interaction.user.id in self._operator_ids

    async def _decide(
        self,
        interaction: discord.Interaction,
        action: BotAction,
        target: int | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """Carry out an operator's action and answer with it.

        If the action changes the list of allowed servers, the answer also says which are allowed
        now.
        """
        entry = await self._community.govern(
            action,
            target,
            by=interaction.user.id,
            reason=reason or "",
            operators=self._operator_ids,
        )
        locale = get_locale(interaction)
        text = format_audit_entry(entry, locale)
        if action in ALLOWING:
            text += f"\n{_access_state(await self._community.access(), locale)}"
        await interaction.response.send_message(fitted(text, locale), ephemeral=True)

    async def _servers(
        self, interaction: discord.Interaction, guild_ids: Iterable[int], typed: str
    ) -> Choices:
        """Offer servers by name, to operators only: Discord autocompletes before any check."""
        if interaction.user.id not in self._operator_ids:
            return []
        found = {one: interaction.client.get_guild(one) for one in guild_ids}
        named = {
            str(one): str(one) if guild is None else guild.name for one, guild in found.items()
        }
        return offered(named, typed)


class BotBlocksPart(OperatorPart):
    """Commands that block users and servers everywhere."""

    block = app_commands.Group(name="block", description="Take no more requests of somebody")
    unblock = app_commands.Group(name="unblock", description="Take somebody's requests again")

    @block.command(name="member")
    @app_commands.describe(
        member="Whose requests are no longer taken anywhere", reason="Told to the member"
    )
    async def block_member(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        reason: Reason | None = None,
    ) -> None:
        """Take no more requests of a member, in any server; what was accepted is still posted."""
        self._names.learn(member)
        await self._decide(interaction, "block_user", member.id, reason=reason)

    @block.command(name="server")
    @app_commands.describe(server="The server, or its id", reason="Told to its members")
    async def block_server(
        self, interaction: discord.Interaction, server: str, reason: Reason | None = None
    ) -> None:
        """Take no more requests in a server; what was accepted is still posted."""
        guild_id = id_in(server, field="server")
        await self._decide(interaction, "block_guild", guild_id, reason=reason)

    @unblock.command(name="member")
    @app_commands.describe(member="One of those who are blocked")
    async def unblock_member(self, interaction: discord.Interaction, member: str) -> None:
        """Take a member's requests again."""
        await self._decide(interaction, "unblock_user", id_in(member, field="member"))

    @unblock.command(name="server")
    @app_commands.describe(server="One of those that are blocked")
    async def unblock_server(self, interaction: discord.Interaction, server: str) -> None:
        """Take requests in a server again."""
        await self._decide(interaction, "unblock_guild", id_in(server, field="server"))

    @block_server.autocomplete("server")
    async def _known(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._servers(
            interaction, (guild.id for guild in interaction.client.guilds), typed
        )

    @unblock_member.autocomplete("member")
    async def _blocked(self, interaction: discord.Interaction, typed: str) -> Choices:
        if interaction.user.id not in self._operator_ids:
            return []
        blocks = (await self._community.access()).users[:MOST_ASKED]
        names = await self._names.fetch(block.target for block in blocks)
        return offered({str(user_id): name for user_id, name in names.items()}, typed)

    @unblock_server.autocomplete("server")
    async def _blocked_servers(self, interaction: discord.Interaction, typed: str) -> Choices:
        blocks = (await self._community.access()).guilds
        return await self._servers(interaction, (block.target for block in blocks), typed)


class BotServersPart(OperatorPart):
    """Commands for servers: list those the bot is in, allow some, leave one."""

    servers = app_commands.Group(name="servers", description="Where the bot is, and may be used")

    @servers.command(name="list")
    async def list_(self, interaction: discord.Interaction) -> None:
        """Show every server that the bot is in, and which may use it."""
        locale = get_locale(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            with translated():
                guilds = [one async for one in interaction.client.fetch_guilds(limit=MOST_LISTED)]
        except DeliveryFailed:
            text = sentence("servers_unread", locale)
        else:
            text = fitted(_listed(guilds, await self._community.access(), locale), locale)
        await interaction.edit_original_response(content=text)

    @servers.command()
    @app_commands.describe(server="The server, or its id")
    async def allow(self, interaction: discord.Interaction, server: str) -> None:
        """Take requests in this server, and only in those allowed."""
        await self._decide(interaction, "allow_guild", id_in(server, field="server"))

    @servers.command()
    @app_commands.describe(server="One of those allowed")
    async def remove(self, interaction: discord.Interaction, server: str) -> None:
        """Take a server off the list; an empty list allows every server."""
        await self._decide(interaction, "disallow_guild", id_in(server, field="server"))

    @servers.command()
    async def everywhere(self, interaction: discord.Interaction) -> None:
        """Empty the list: take requests in every server."""
        await self._decide(interaction, "allow_every_guild")

    @servers.command()
    @app_commands.describe(server="The server, or its id")
    async def leave(self, interaction: discord.Interaction, server: str) -> None:
        """Leave a server; requests that are under way there can no longer be posted."""
        guild_id = id_in(server, field="server")
        try:
            with translated():
                await interaction.client.http.leave_guild(guild_id)
        except ChannelGone as error:
            raise BadValue("server", "server_there") from error
        except DeliveryFailed:
            text = sentence("servers_unread", get_locale(interaction))
            await interaction.response.send_message(text, ephemeral=True)
            return
        await self._decide(interaction, "leave_guild", guild_id)

    @allow.autocomplete("server")
    @leave.autocomplete("server")
    async def _known(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._servers(
            interaction, (guild.id for guild in interaction.client.guilds), typed
        )

    @remove.autocomplete("server")
    async def _allowed(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._servers(interaction, (await self._community.access()).allowed, typed)


def _access_state(access: BotAccess, locale: str) -> str:
    """Return a sentence about the servers in which requests are accepted."""
    if not access.allowed:
        return sentence("access_everywhere", locale)
    return sentence("access_listed", locale, count=len(access.allowed))


def _listed(guilds: Sequence[discord.Guild], access: BotAccess, locale: str) -> str:
    """Return the list of the bot's servers as text, those that may not use it first."""
    refused = [one for one in guilds if _state(one.id, access) in {"blocked", "not_allowed"}]
    others = [one for one in guilds if one not in refused]
    lines = [
        sentence("servers_title", locale, count=len(guilds)),
        _access_state(access, locale),
        *(_line(one, access, locale) for one in [*refused, *others]),
    ]
    there = {one.id for one in guilds}
    absent = {block.target for block in access.guilds} | set(access.allowed)
    lines += (_absent(one, access, locale) for one in sorted(absent - there))
    return "\n".join(lines)


def _line(guild: discord.Guild, access: BotAccess, locale: str) -> str:
    state = sentence(f"server_{_state(guild.id, access)}", locale)
    count = guild.approximate_member_count or 0
    members = sentence("server_members", locale, count=count)
    return f"{plain(guild.name)} (`{guild.id}`) · {members} · {state}"


def _absent(guild_id: int, access: BotAccess, locale: str) -> str:
    state = sentence(f"server_{_state(guild_id, access)}", locale)
    return f"`{guild_id}` · {state} · {sentence('server_absent', locale)}"


def _state(guild_id: int, access: BotAccess) -> str:
    if access.is_blocked(guild_id):
        return "blocked"
    return "allowed" if access.is_allowed(guild_id) else "not_allowed"
