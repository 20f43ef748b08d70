"""/preferences: a user's own defaults for options that they leave out."""

# No postponed annotations here: discord.py reads them at run time.

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from cogs.requests.command_context import ANY_PLACE, EVERYWHERE, CommandContext
from cogs.requests.options import with_options
from cogs.ui import format_option_label, format_option_value, plain, sentence
from services.catalog import StyleTable
from services.models import OPTIONS, OptionRow, Preferences
from services.requests import NAMES, MemberPreferences

OPT_OUT = OptionRow(
    name="opt_out", description="Nobody else may repaint my images and my avatar", type=bool
)
CLEARABLE = ("all", *NAMES, OPT_OUT.name)

NO_STYLE = "-"
"""Typed value that means "no style", even if the server has a default style."""


class PreferencesCog(commands.Cog):
    """Shows, sets and clears the defaults; only the user sees the answer."""

    def __init__(
        self, bot: commands.Bot, *, tools: CommandContext, preferences: MemberPreferences
    ) -> None:
        self._bot = bot
        self._tools = tools
        self._preferences = preferences

    async def cog_load(self) -> None:
        """Add the commands to the tree."""
        group = app_commands.Group(
            name="preferences",
            description="Your own defaults, for whatever you leave out",
            allowed_installs=EVERYWHERE,
            allowed_contexts=ANY_PLACE,
        )
        for command in (self._show(), self._set(), self._clear()):
            group.add_command(command)
        self._bot.tree.add_command(group)

    def _show(self) -> app_commands.Command[commands.Cog, ..., None]:
        @app_commands.command(description="Show your own defaults")
        async def show(interaction: discord.Interaction) -> None:
            """Show your own defaults."""
            await self._answer(interaction, await self._preferences.get(interaction.user.id))

        return show

    def _set(self) -> app_commands.Command[commands.Cog, ..., None]:
        tools = self._tools

        @app_commands.command(name="set", description="Set some of your own defaults")
        @app_commands.describe(
            style="A style that is added to your prompts; - for none",
            private="Show results only to me",
            spoiler="Hide results until they are clicked",
        )
        @with_options(tools, rows=[*map(OPTIONS.__getitem__, NAMES), OPT_OUT])
        async def set_(interaction: discord.Interaction, **given: object) -> None:
            """Set some of your own defaults."""
            style = await self._style(interaction, given["style"])
            excluded = given.pop(OPT_OUT.name)
            if excluded is not None:
                await self._preferences.opt_out(interaction.user.id, excluded=bool(excluded))
            await self._change(interaction, {**given, "style": style})

        return set_

    def _clear(self) -> app_commands.Command[commands.Cog, ..., None]:
        @app_commands.command(description="Take your own defaults back")
        @app_commands.describe(only="One of them; all if left out")
        @app_commands.choices(only=[Choice(name=name, value=name) for name in CLEARABLE])
        async def clear(interaction: discord.Interaction, only: str = "all") -> None:
            """Take your own defaults back."""
            user_id = interaction.user.id
            if only == "all":  # except the opt-out, which is no default
                mine = await self._preferences.clear(user_id)
            elif only == OPT_OUT.name:
                await self._preferences.opt_out(user_id, excluded=False)
                mine = await self._preferences.get(user_id)
            else:
                mine = await self._preferences.change(user_id, {only: None})
            await self._answer(interaction, mine)

        return clear

    async def _change(self, interaction: discord.Interaction, given: Mapping[str, object]) -> None:
        """Store the given values as defaults; an empty style means no style."""
        values = {name: value for name, value in given.items() if value is not None}
        user_id = interaction.user.id
        if values:
            await self._preferences.change(user_id, values)
        await self._answer(interaction, await self._preferences.get(user_id))

    async def _style(self, interaction: discord.Interaction, typed: object) -> str | None:
        """Return a style's key; raises UnknownStyle."""
        if not isinstance(typed, str):
            return None
        if typed.strip() == NO_STYLE:
            return ""
        return (await self._tools.styles.table(interaction.guild_id)).find_key(typed)

    async def _answer(self, interaction: discord.Interaction, mine: Preferences) -> None:
        locale = str(interaction.locale)
        styles = await self._tools.styles.table(interaction.guild_id)
        lines = [sentence("preferences_title", locale)]
        for name in NAMES:
            value = getattr(mine, name)
            if value is not None:
                words = _worded(name, value, styles, locale)
                label = format_option_label(f"preference_{name}", name, locale)
                lines.append(f"{label}: **{words}**")
        key = "preferences_hint" if len(lines) > 1 else "preferences_none"
        lines.append(sentence(key, locale))
        if await self._preferences.has_opted_out(interaction.user.id):
            lines.append(sentence("preferences_opted_out", locale))
        await interaction.response.send_message("\n".join(lines), ephemeral=True)


def _worded(name: str, value: object, styles: StyleTable, locale: str) -> str:
    if name != "style":
        return format_option_value(value, locale)
    if not value:
        return sentence("state_none", locale)
    key = str(value)
    return plain(styles.get(key).name_in(locale) if key in styles else key)
