"""/repaint-admin: a server's moderators decide who paints how much, and where.

One file for each subject; `AdminCog` puts their commands under one name.
"""

from cogs.admin.cog import AdminCog
from cogs.admin.guild_join import ArrivalsCog
from cogs.admin.operator_access import BotBlocksPart, BotServersPart
from cogs.admin.responder import AdminResponder

__all__ = ["AdminCog", "AdminResponder", "ArrivalsCog", "BotBlocksPart", "BotServersPart"]
