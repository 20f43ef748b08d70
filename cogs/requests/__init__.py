"""Commands, menus and forms that request images; all of them submit to RequestIntake."""

from cogs.requests.blend import BlendCog
from cogs.requests.cog import AskingCog
from cogs.requests.command_context import CommandContext, options_from, source_from_attachment
from cogs.requests.edit_form import EditForms
from cogs.requests.intake import RequestIntake
from cogs.requests.menus import MenusCog
from cogs.requests.message_images import TrustedHosts
from cogs.requests.preferences import PreferencesCog
from cogs.requests.reuse import ReuseCog

__all__ = [
    "AskingCog",
    "BlendCog",
    "CommandContext",
    "EditForms",
    "MenusCog",
    "PreferencesCog",
    "RequestIntake",
    "ReuseCog",
    "TrustedHosts",
    "options_from",
    "source_from_attachment",
]
