"""/repaint-admin: moderators decide how many images their server may generate, and where.

Each subject has a module; `AdminCog` groups their commands under one name.
"""

from cogs.admin.cog import AdminCog
from cogs.admin.guild_join import ArrivalsCog
from cogs.admin.operator import OperatorCog
from cogs.admin.operator_access import BotBlocksPart, BotServersPart
from cogs.admin.responder import AdminResponder
from cogs.admin.statistics import FigureAnswers

__all__ = [
    "AdminCog",
    "AdminResponder",
    "ArrivalsCog",
    "BotBlocksPart",
    "BotServersPart",
    "FigureAnswers",
    "OperatorCog",
]
