"""/repaint-admin settings: limits and defaults of requests in this server."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar, cast

import discord
from discord import app_commands

from cogs.admin.responder import (
    AdminCommands,
    AdminResponder,
    get_guild_id,
    get_locale,
    named,
    offered,
)
from cogs.admin.settings_text import settings_state
from services.catalog import ModelTable, StyleTable
from services.kling import MAX_COUNT
from services.models import RULES, Rule

Callback = TypeVar("Callback", bound=Callable[..., Any])

OPTIONS = {name: rule for name, rule in RULES.items() if rule.option}


def with_options(callback: Callback) -> Callback:
    """Add an option for each rule, and `clear`, to the signature that discord.py reads.

    `clear` names a rule that returns to the operator's value.
    """
    types = {name: _option_type(rule) for name, rule in OPTIONS.items()}
    types["clear"] = Literal[*OPTIONS]
    texts = {name: rule.option for name, rule in OPTIONS.items()}
    app_commands.describe(**texts, clear="Go back to the standard for one of these")(callback)
    signature = inspect.signature(callback)
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    given = (
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=one | None)
        for name, one in types.items()
    )
    cast("Any", callback).__signature__ = signature.replace(parameters=[*own, *given])
    return callback


def _option_type(rule: Rule) -> Any:  # noqa: ANN401  what discord.py reads
    match rule.kind:
        case "count":
            return app_commands.Range[int, 1, MAX_COUNT]
        case "number":
            return app_commands.Range[int, rule.lowest, rule.offered]
        case "switch":
            return bool
        case _:
            return str


class SettingsPart(AdminCommands):
    """Command for the server's settings."""

    def __init__(
        self, responder: AdminResponder, *, models: ModelTable, styles: StyleTable
    ) -> None:
        super().__init__(responder)
        self._models = models
        self._styles = styles

    @app_commands.command()
    @with_options
    async def settings(self, interaction: discord.Interaction, **given: str | float | None) -> None:
        """Show or change what requests may be."""
        fields = named(**given)
        if clear := fields.pop("clear", None):
            fields[clear] = None
        state = partial(
            settings_state,
            models=self._models,
            styles=self._styles,
            log=await self.responder.log_state(interaction),
        )
        await self.responder.change(interaction, fields, state)

    @settings.autocomplete("default_model")
    async def _models_offered(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered({row.name: row.title for row in self._models.menu()}, typed)

    @settings.autocomplete("default_style")
    async def _styles_offered(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        locale = get_locale(interaction)
        rules = await self.responder.community.rules(get_guild_id(interaction))
        styles = self._styles.in_server(rules.styles)
        return offered({key: style.name_in(locale) for key, style in styles}, typed)
