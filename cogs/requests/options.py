"""Options that several commands share, defined once and added to each callback.

discord.py reads a command's options from its callback's signature. A callback declares its own and
takes the shared ones as `**given`; `with_options` replaces `**given` by them.
"""

# No postponed annotations: the ranges come from the tables at run time.

import inspect
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from discord import app_commands

from cogs.requests.command_context import CommandContext
from services.models import Kind
from services.requests import PROMPT_LIMIT

Callback = TypeVar("Callback", bound=Callable[..., Any])

Prompt = app_commands.Range[str, 1, PROMPT_LIMIT]
Fidelity = app_commands.Range[float, 0.0, 1.0]

ALWAYS = ("format", "spoiler", "private")
"""Options that do not depend on the model: how the images are returned."""

DESCRIPTIONS = {
    "style": "A style that is added to your prompt",
    "model": "Which model paints",
    "reference": "What to keep: the subject's features, or a person's face",
    "fidelity": "How near to stay to the picture, 0 to 1",
    "human_fidelity": "How near to stay to the face, 0 to 1",
    "count": "How many pictures",
    "ratio": "Width to height of the result",
    "format": "File type of the result",
    "spoiler": "Hide the result until it is clicked",
    "private": "Show the result only to me",
    "opt_out": "Nobody else may repaint my images and my avatar",
}


def with_options(
    tools: CommandContext, *names: str, kind: Kind = "repaint"
) -> Callable[[Callback], Callback]:
    """Add the named options to a callback, with descriptions and choices."""
    types: dict[str, Any] = {
        "reference": Literal["subject", "face"],
        "fidelity": Fidelity,
        "human_fidelity": Fidelity,
        "count": app_commands.Range[int, 1, tools.max_count],
        "format": Literal["png", "jpg"],
        "spoiler": bool,
        "private": bool,
        "opt_out": bool,
    }
    choices = {"model": tools.model_choices(), "ratio": tools.ratio_choices(kind)}

    def give(callback: Callback) -> Callback:
        """Extend the signature that discord.py reads."""
        common = (_optional(name, types.get(name, str)) for name in names)
        signature = inspect.signature(callback)
        own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
        cast("Any", callback).__signature__ = signature.replace(parameters=[*own, *common])
        app_commands.describe(**{name: DESCRIPTIONS[name] for name in names})(callback)
        app_commands.choices(**{name: choices[name] for name in names if name in choices})(callback)
        if "style" in names:
            app_commands.autocomplete(style=tools.styles.suggest)(callback)
        return callback

    return give


def _optional(name: str, kind: Any) -> inspect.Parameter:  # noqa: ANN401  what discord.py reads
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind | None
    )
