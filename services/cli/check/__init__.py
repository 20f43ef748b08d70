"""`bot.py check`: diagnoses the installation, with a remedy for each problem; it costs nothing."""

from services.cli.check import provider
from services.cli.check.credentials import application_id, check_key
from services.cli.check.discord import asked, make_session
from services.cli.check.findings import Area, Finding, Verdict, as_json, is_sound
from services.cli.check.output import show_area, show_end
from services.cli.check.run import examined

__all__ = [
    "Area",
    "Finding",
    "Verdict",
    "application_id",
    "as_json",
    "asked",
    "check_key",
    "examined",
    "is_sound",
    "make_session",
    "provider",
    "show_area",
    "show_end",
]
