"""Adds options of the table OPTIONS (services/models/options.py) to a command's callback.

discord.py reads a command's options from its callback's signature. A callback declares its own
options and takes those of the table as `**given`; `with_options` replaces `**given` by them.
"""

# No postponed annotations: the ranges come from the tables at run time.

import inspect
from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

from discord import app_commands

from cogs.requests.command_context import CommandContext
from services.models import OPTIONS, Kind, OptionRow
from services.requests import PROMPT_LIMIT

Callback = TypeVar("Callback", bound=Callable[..., Any])

Prompt = app_commands.Range[str, 1, PROMPT_LIMIT]


def with_options(
    tools: CommandContext, *, kind: Kind = "repaint", rows: Collection[OptionRow] | None = None
) -> Callable[[Callback], Callback]:
    """Add options to a callback: those of a kind of job or, if given, only these `rows`.

    Each option gets its description and its choices.
    """
    given = {row.name: row for row in rows or OPTIONS.values() if rows or kind in row.kinds}
    choices = {"model": tools.model_choices(), "ratio": tools.ratio_choices(kind)}

    def give(callback: Callback) -> Callback:
        """Extend the signature that discord.py reads."""
        common = (_optional(row, tools.max_count) for row in given.values())
        signature = inspect.signature(callback)
        own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
        cast("Any", callback).__signature__ = signature.replace(parameters=[*own, *common])
        app_commands.describe(**{name: row.description for name, row in given.items()})(callback)
        app_commands.choices(**{name: choices[name] for name in given if name in choices})(callback)
        if "style" in given:
            app_commands.autocomplete(style=tools.styles.suggest)(callback)
        return callback

    return give


def _optional(row: OptionRow, max_count: int) -> inspect.Parameter:
    kind: Any = row.type
    if row.bounds is not None:
        least, most = row.bounds
        kind = app_commands.Range[kind, least, max_count if row.name == "count" else most]
    return inspect.Parameter(
        row.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind | None
    )
