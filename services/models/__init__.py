"""The words of the house as types: Request, Job, Result, Usage, Window, GuildRules.

Plain frozen records without behaviour that needs anything else; the store reads and writes them,
the services pass them on. Instants are Unix seconds, ids are Discord's snowflakes unless they are
a Job's (text) or a Task's (text).
"""

from services.models.community import (
    AuditEntry,
    Block,
    Detail,
    Grant,
    GuildRules,
    Pause,
    RoleLimit,
    Visitor,
)
from services.models.jobs import (
    AT_PROVIDER,
    OPEN,
    TOKEN_LIFE_S,
    Job,
    Options,
    Outcome,
    Place,
    Request,
    Result,
    Source,
    State,
)
from services.models.limits import (
    MICRO,
    Accepted,
    Cap,
    Limits,
    LimitSource,
    OpenJob,
    Standing,
    Usage,
    Window,
)
from services.models.mine import AtWork, Entry, Outlook, Page, Waiting
from services.models.statistics import DayFigures, Statistics

__all__ = [
    "AT_PROVIDER",
    "MICRO",
    "OPEN",
    "TOKEN_LIFE_S",
    "Accepted",
    "AtWork",
    "AuditEntry",
    "Block",
    "Cap",
    "DayFigures",
    "Detail",
    "Entry",
    "Grant",
    "GuildRules",
    "Job",
    "LimitSource",
    "Limits",
    "OpenJob",
    "Options",
    "Outcome",
    "Outlook",
    "Page",
    "Pause",
    "Place",
    "Request",
    "Result",
    "RoleLimit",
    "Source",
    "Standing",
    "State",
    "Statistics",
    "Usage",
    "Visitor",
    "Waiting",
    "Window",
]
