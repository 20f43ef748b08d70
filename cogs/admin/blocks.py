"""/repaint-admin block, unblock: members whose requests are not taken."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.desk import guild_of, locale_of
from cogs.admin.gate import governs
from cogs.admin.members import Choices, MemberPart, Reason, durations_offered


class BlocksPart(MemberPart):
    """Members who are shut out."""

    @app_commands.command()
    @app_commands.describe(
        member="Whose requests are no longer taken",
        duration="How long, such as 12h, 7d or 2w; empty = for ever",
        reason="Told to the member",
    )
    async def block(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        duration: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Take no more requests of a member."""
        until = self.end(duration)
        entry = await self.desk.community.block(
            guild_of(interaction),
            member.id,
            reason=reason or "",
            until=until,
            by=interaction.user.id,
        )
        await self.tell(interaction, entry, member)

    @app_commands.command()
    @app_commands.describe(member="One of those who are blocked: a name, a mention or an id")
    async def unblock(self, interaction: discord.Interaction, member: str) -> None:
        """Take a member's requests again."""
        guild_id = guild_of(interaction)
        blocked = [block.user_id for block in await self.desk.community.blocks(guild_id)]
        who = await self.named(interaction, blocked, member)
        entry = await self.desk.community.unblock(guild_id, who.id, by=interaction.user.id)
        await self.tell(interaction, entry, who)

    @block.autocomplete("duration")
    async def _durations(self, interaction: discord.Interaction, typed: str) -> Choices:
        return durations_offered(typed, locale_of(interaction))

    @unblock.autocomplete("member")
    @app_commands.check(governs)
    async def _blocked(self, interaction: discord.Interaction, typed: str) -> Choices:
        found = await self.desk.community.blocks(guild_of(interaction))
        return await self.people([block.user_id for block in found], typed)
