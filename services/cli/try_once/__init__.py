"""`bot.py try`: one job in the terminal, without Discord.

The command line needs the options at each start; `run` is loaded by whoever runs them.
"""

from services.cli.try_once.options import TryOptions, add_try_options, try_options_from

__all__ = [
    "TryOptions",
    "add_try_options",
    "try_options_from",
]
