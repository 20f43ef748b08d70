"""What discord.py 2.7.1 does not know yet of Discord; a module goes when the library has it."""

from cogs.compat.events import AGE_RESTRICTED, EventReader
from cogs.compat.payloads import HIDDEN_NAME

__all__ = ["AGE_RESTRICTED", "HIDDEN_NAME", "EventReader"]
