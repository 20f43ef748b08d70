"""/repaint-admin block, unblock: members whose requests are not taken."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.desk import command_of, guild_of, locale_of
from cogs.admin.gate import governs
from cogs.admin.members import Choices, MemberPart, Reason, durations_offered
from cogs.wording import sentence
from services.models import OpenDecision


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
        self.end(duration)
        decision = OpenDecision(
            user_id=interaction.user.id,
            guild_id=guild_of(interaction),
            command_id=command_of(interaction),
            action="block",
            target=member.id,
            details={"duration": duration, "reason": reason or ""},
        )
        if member.id != interaction.user.id:
            await self.carry_out(interaction, decision, member)
            return
        warning = sentence("decide_block_self", locale_of(interaction))
        await self.desk.ask(interaction, decision, warning)

    async def carry_out(
        self,
        interaction: discord.Interaction,
        decision: OpenDecision,
        member: discord.abc.Snowflake,
    ) -> None:
        """Block whom the decision is about; a duration begins now."""
        duration, reason = decision.details["duration"], decision.details["reason"]
        entry = await self.desk.community.block(
            decision.guild_id,
            member.id,
            reason=str(reason),
            until=self.end(None if duration is None else str(duration)),
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
