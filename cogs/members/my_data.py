"""/my-data and /forget-me: export of a user's data as a file, and deletion after a confirmation."""

from __future__ import annotations

import io
from re import Match

import discord
from discord import app_commands
from discord.ext import commands

from cogs.ui import sentence
from cogs.ui.buttons import StatelessButton, matching
from services.history import PersonalData

FORGET_ID = "rp-forget"
"""Custom id of the confirmation. It contains no user: a click deletes the data of the clicking
user."""


class MyDataCog(commands.Cog):
    """Answers privately; deletion cannot be undone, so the user has to confirm it."""

    def __init__(self, bot: commands.Bot, *, personal: PersonalData) -> None:
        self._bot = bot
        self._personal = personal

    async def cog_load(self) -> None:
        """Register the confirmation button, also for messages sent before a restart."""
        self._bot.add_dynamic_items(matching(FORGET_ID, self._forget))

    @app_commands.command(name="my-data", description="Everything I keep about you, as a file")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def my_data(self, interaction: discord.Interaction) -> None:
        """Export the user's data and send the file."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        export = await self._personal.export(interaction.user.id)
        file = discord.File(io.BytesIO(export.body), export.name)
        text = sentence("my_data", str(interaction.locale))
        await interaction.edit_original_response(content=text, attachments=[file])

    @app_commands.command(name="forget-me", description="Delete my prompts, pictures and jobs")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def forget_me(self, interaction: discord.Interaction) -> None:
        """Explain what is deleted and what stays, and ask for confirmation."""
        locale = str(interaction.locale)
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.TextDisplay(sentence("forget_question", locale)))
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        label, danger = sentence("button_forget", locale), discord.ButtonStyle.danger
        row.add_item(StatelessButton(label=label, style=danger, custom_id=FORGET_ID))
        view.add_item(row)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _forget(self, interaction: discord.Interaction, _: Match[str]) -> None:
        await interaction.response.defer()
        done, locale = await self._personal.erase(interaction.user.id), str(interaction.locale)
        view = discord.ui.LayoutView(timeout=None)
        text = sentence("forgotten", locale, jobs=done.jobs)
        if done.pending:
            text += "\n" + sentence("forgotten_later", locale, jobs=done.pending)
        view.add_item(discord.ui.TextDisplay(text))
        await interaction.edit_original_response(view=view)
