"""/repaint-admin: a server's moderators decide who paints how much, and where.

One file for each subject; `AdminCog` puts their commands under one name.
"""

from cogs.admin.arrivals import ArrivalsCog
from cogs.admin.cog import AdminCog
from cogs.admin.desk import Desk
from cogs.admin.operators import BotBlocksPart, BotServersPart

__all__ = ["AdminCog", "ArrivalsCog", "BotBlocksPart", "BotServersPart", "Desk"]
