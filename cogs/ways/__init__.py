"""Ways to ask for pictures: commands, menus and forms; all of them go to the one counter."""

from cogs.ways.asking import AskingCog
from cogs.ways.blend import BlendCog
from cogs.ways.menus import MenusCog
from cogs.ways.tools import Tools, chosen, source_of

__all__ = [
    "AskingCog",
    "BlendCog",
    "MenusCog",
    "Tools",
    "chosen",
    "source_of",
]
