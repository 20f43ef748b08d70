"""/repaint-admin pause, resume: refuse new requests in the server, and accept them again."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.responder import AdminCommands
from cogs.admin.settings_text import pause_state

Reason = app_commands.Range[str, 1, 300]


class PausingPart(AdminCommands):
    """Commands that pause the server."""

    @app_commands.command()
    @app_commands.describe(reason="Shown to members who ask meanwhile")
    async def pause(self, interaction: discord.Interaction, reason: Reason | None = None) -> None:
        """Take no more requests here; what was accepted is still delivered."""
        pause = self.responder.community.pause
        await self.responder.decide(interaction, pause, show=pause_state, reason=reason or "")

    @app_commands.command()
    async def resume(self, interaction: discord.Interaction) -> None:
        """Take requests again."""
        await self.responder.decide(interaction, self.responder.community.resume, show=pause_state)
