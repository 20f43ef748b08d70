"""/repaint-admin grant, revoke, reset: a limit of a member's own, and a day begun anew."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.desk import guild_of, locale_of
from cogs.admin.gate import governs
from cogs.admin.members import Choices, MemberPart, Reason, durations_offered

Units = app_commands.Range[int, 1, 10_000]


class GrantsPart(MemberPart):
    """Limits of single members."""

    @app_commands.command()
    @app_commands.describe(
        member="Who gets a limit of their own",
        images="Pictures they may make a day in this server, instead of any other limit",
        duration="How long, such as 12h, 7d or 2w; empty = for ever",
        reason="Kept with it",
    )
    async def grant(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        images: Units,
        duration: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Give one member a limit of their own."""
        entry = await self.desk.community.grant(
            guild_of(interaction),
            member.id,
            units=images,
            until=self.end(duration),
            reason=reason or "",
            by=interaction.user.id,
        )
        await self.tell(interaction, entry, member)

    @app_commands.command()
    @app_commands.describe(member="Whose limit of their own goes: a name, a mention or an id")
    async def revoke(self, interaction: discord.Interaction, member: str) -> None:
        """Take a member's own limit away."""
        guild_id = guild_of(interaction)
        granted = [grant.user_id for grant in await self.desk.community.grants(guild_id)]
        who = await self.named(interaction, granted, member)
        entry = await self.desk.community.revoke_grant(guild_id, who.id, by=interaction.user.id)
        await self.tell(interaction, entry, who)

    @app_commands.command()
    @app_commands.describe(member="Whose pictures of today no longer count against their limit")
    async def reset(self, interaction: discord.Interaction, member: discord.User) -> None:
        """Let a member begin today anew."""
        entry = await self.desk.community.reset(
            guild_of(interaction), member.id, by=interaction.user.id
        )
        await self.tell(interaction, entry, member)

    @grant.autocomplete("duration")
    async def _durations(self, interaction: discord.Interaction, typed: str) -> Choices:
        return durations_offered(typed, locale_of(interaction))

    @revoke.autocomplete("member")
    @app_commands.check(governs)
    async def _granted(self, interaction: discord.Interaction, typed: str) -> Choices:
        found = await self.desk.community.grants(guild_of(interaction))
        return await self.people([grant.user_id for grant in found], typed)
