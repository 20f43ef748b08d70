"""Ways to ask for pictures: commands, menus and forms; all of them go to the one counter."""

from cogs.requests.blend import BlendCog
from cogs.requests.cog import AskingCog
from cogs.requests.command_context import CommandContext, options_from, source_of
from cogs.requests.menus import MenusCog

__all__ = [
    "AskingCog",
    "BlendCog",
    "CommandContext",
    "MenusCog",
    "options_from",
    "source_of",
]
