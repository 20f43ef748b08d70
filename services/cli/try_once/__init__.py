"""`bot.py try`: one job in the terminal, without Discord."""

from services.cli.try_once.options import TryOptions, add_try_options, try_options_from
from services.cli.try_once.run import TryCommand

__all__ = [
    "TryCommand",
    "TryOptions",
    "add_try_options",
    "try_options_from",
]
