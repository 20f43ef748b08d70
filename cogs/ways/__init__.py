"""Ways to ask for pictures: commands, menus and forms; all of them go to the one counter."""

from cogs.ways.blend import BlendCog
from cogs.ways.expand import ExpandCog
from cogs.ways.link import LinkCog
from cogs.ways.menus import MenusCog
from cogs.ways.tools import Tools, chosen, source_of

__all__ = [
    "BlendCog",
    "ExpandCog",
    "LinkCog",
    "MenusCog",
    "Tools",
    "chosen",
    "source_of",
]
