"""Adds the commands that submit at once, without a form, because their options hold everything."""

from __future__ import annotations

from discord.ext import commands

from cogs.requests.command_context import CommandContext, allow_everywhere
from cogs.requests.expand import expand_command
from cogs.requests.repaint import link_command, repaint_command


class AskingCog(commands.Cog):
    """Adds /repaint, /repaint-link and /expand to the tree."""

    def __init__(self, bot: commands.Bot, *, tools: CommandContext) -> None:
        self._bot = bot
        self._tools = tools

    async def cog_load(self) -> None:
        """Create the commands; their choices come from the tables of models and styles."""
        for make in (repaint_command, link_command, expand_command):
            self._bot.tree.add_command(allow_everywhere(make(self._tools)))
