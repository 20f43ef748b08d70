"""The commands that ask at once: all that is needed is in their options."""

from __future__ import annotations

from discord.ext import commands

from cogs.requests.command_context import CommandContext, allow_everywhere
from cogs.requests.expand import expand_command
from cogs.requests.repaint import link_command, repaint_command


class AskingCog(commands.Cog):
    """Puts them into the tree."""

    def __init__(self, bot: commands.Bot, *, tools: CommandContext) -> None:
        """Take the counter, and the tables that the options come from."""
        self._bot = bot
        self._tools = tools

    async def cog_load(self) -> None:
        """Make them; what they offer comes from the tables."""
        for make in (repaint_command, link_command, expand_command):
            self._bot.tree.add_command(allow_everywhere(make(self._tools)))
