"""Ways to ask for pictures: commands, menus and forms; all of them go to the one counter."""

from cogs.requests.blend import BlendCog
from cogs.requests.cog import AskingCog
from cogs.requests.command_context import Tools, chosen, source_of
from cogs.requests.menus import MenusCog

__all__ = [
    "AskingCog",
    "BlendCog",
    "MenusCog",
    "Tools",
    "chosen",
    "source_of",
]
