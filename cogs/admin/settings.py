"""/repaint-admin settings: limits and defaults of requests in this server."""

from __future__ import annotations

from functools import partial
from typing import Literal

import discord
from discord import app_commands

from cogs.admin.responder import AdminCommands, AdminResponder, guild_of, locale_of, named, offered
from cogs.admin.settings_text import settings_state
from services.catalog import ModelTable, StyleTable

Clearable = Literal[
    "max_count",
    "private_only",
    "spoiler",
    "age_restricted_only",
    "min_membership_days",
    "default_model",
    "default_style",
]
_CLEARED = {"private_only": False, "spoiler": False, "age_restricted_only": False}


class SettingsPart(AdminCommands):
    """Command for the server's settings."""

    def __init__(self, desk: AdminResponder, *, models: ModelTable, styles: StyleTable) -> None:
        super().__init__(desk)
        self._models = models
        self._styles = styles

    @app_commands.command()
    @app_commands.describe(
        max_count="The most pictures in one request",
        private_only="Show results only to those who asked",
        spoiler="Hide every result until it is clicked",
        age_restricted_only="Take requests only in age-restricted channels",
        min_membership_days="Days that a member must have been here before; 0 = none",
        default_model="The model where a member names none",
        default_style="The style where a member names none",
        clear="Go back to the standard for one of these",
    )
    async def settings(
        self,
        interaction: discord.Interaction,
        max_count: app_commands.Range[int, 1, 9] | None = None,
        private_only: bool | None = None,  # noqa: FBT001
        spoiler: bool | None = None,  # noqa: FBT001
        age_restricted_only: bool | None = None,  # noqa: FBT001
        min_membership_days: app_commands.Range[int, 0, 365] | None = None,
        default_model: str | None = None,
        default_style: str | None = None,
        clear: Clearable | None = None,
    ) -> None:
        """Show or change what requests may be."""
        fields = named(
            max_count=max_count,
            private_only=private_only,
            spoiler=spoiler,
            age_restricted_only=age_restricted_only,
            min_membership_days=min_membership_days,
            default_model=default_model,
            default_style=default_style,
        )
        if clear is not None:
            fields[clear] = _CLEARED.get(clear)
        state = partial(
            settings_state,
            models=self._models,
            styles=self._styles,
            log=await self.desk.log_state(interaction),
        )
        await self.desk.change(interaction, fields, state)

    @settings.autocomplete("default_model")
    async def _models_offered(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered({row.name: row.title for row in self._models.menu()}, typed)

    @settings.autocomplete("default_style")
    async def _styles_offered(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        locale = locale_of(interaction)
        rules = await self.desk.community.rules(guild_of(interaction))
        styles = self._styles.in_server(rules.styles)
        return offered({key: style.name_in(locale) for key, style in styles}, typed)
