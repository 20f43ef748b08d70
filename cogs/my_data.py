"""/my-data and /forget-me: everything about oneself as a file, and gone after one question."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from re import Match
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from cogs.buttons import answered
from cogs.wording import sentence
from services.personal import PersonalData

FORGET_ID = "rp-forget"
"""Says nothing of a member: the press forgets whoever presses."""

Button = discord.ui.Button[discord.ui.LayoutView]


class MyDataCog(commands.Cog):
    """Answers privately; forgetting can not be taken back, so it asks once."""

    def __init__(self, bot: commands.Bot, *, personal: PersonalData) -> None:
        """Take what gathers and forgets."""
        self._bot = bot
        self._personal = personal

    async def cog_load(self) -> None:
        """Listen to the confirmation, also under messages of earlier runs."""
        self._bot.add_dynamic_items(confirming(self._forget))

    @app_commands.command(name="my-data", description="Everything I keep about you, as a file")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def my_data(self, interaction: discord.Interaction) -> None:
        """Gather and hand out."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        export = await self._personal.export(interaction.user.id)
        file = discord.File(io.BytesIO(export.body), export.name)
        text = sentence("my_data", str(interaction.locale))
        await interaction.edit_original_response(content=text, attachments=[file])

    @app_commands.command(name="forget-me", description="Delete my prompts, pictures and jobs")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def forget_me(self, interaction: discord.Interaction) -> None:
        """Say what would go and what would stay, and ask."""
        locale = str(interaction.locale)
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.TextDisplay(sentence("forget_question", locale)))
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        row.add_item(_ForgetButton(sentence("button_forget", locale)))
        view.add_item(row)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _forget(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        count = await self._personal.forget(interaction.user.id)
        view = discord.ui.LayoutView(timeout=None)
        text = sentence("forgotten", str(interaction.locale), jobs=count)
        view.add_item(discord.ui.TextDisplay(text))
        await interaction.edit_original_response(view=view)


class _ForgetButton(Button):
    """The one confirmation."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, style=discord.ButtonStyle.danger, custom_id=FORGET_ID)

    def is_dispatchable(self) -> bool:
        """Keep discord.py from holding on to every message that has buttons."""
        return False


def confirming(
    press: Callable[[discord.Interaction], Awaitable[None]],
) -> type[discord.ui.DynamicItem[Any]]:
    """Make what discord.py looks for when somebody confirms."""

    class Confirmed(discord.ui.DynamicItem[Button], template=FORGET_ID):
        def __init__(self, item: Button) -> None:
            super().__init__(item)

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], _: Match[str], /
        ) -> Self:
            return cls(cast("Button", item))

        async def callback(self, interaction: discord.Interaction) -> None:
            await answered(interaction, press(interaction))

    return Confirmed
