"""`bot.py try`: one task in the terminal, without Discord.

`bot.py` needs the options at each start; `run` is only imported to execute the command.
"""

from services.cli.try_once.options import TryOptions, add_try_options, try_options_from

__all__ = [
    "TryOptions",
    "add_try_options",
    "try_options_from",
]
