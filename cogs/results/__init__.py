"""Buttons under a result, reports and removal."""

from cogs.results.cog import ResultCog
from cogs.results.removal import Removal
from cogs.results.report import ReportActionsCog, ReportCog
from cogs.results.report_message import Reports

__all__ = [
    "Removal",
    "ReportActionsCog",
    "ReportCog",
    "Reports",
    "ResultCog",
]
