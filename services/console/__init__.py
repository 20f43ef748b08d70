"""The operator's own commands in the terminal: `try` paints once, `check` looks for trouble."""

from services.console.commands import check, try_once
from services.console.wishes import add_try_options, wish_of

__all__ = ["add_try_options", "check", "try_once", "wish_of"]
