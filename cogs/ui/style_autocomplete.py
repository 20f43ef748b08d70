"""Style choices: the server's and the shipped styles, most recently used by the user first."""

from __future__ import annotations

from collections.abc import Iterable

import discord
from discord import app_commands

from services.catalog import StyleTable
from services.guilds import GuildService
from services.requests import MemberPreferences

CHOICES = 25
"""Choices that an option or an autocomplete may offer (Discord)."""

CHOICE_LENGTH = 100
"""Characters of a choice's name and of its value (Discord)."""


class StyleChoices:
    """Offers styles in the reader's language."""

    def __init__(
        self, *, styles: StyleTable, community: GuildService, preferences: MemberPreferences
    ) -> None:
        self._styles = styles
        self._community = community
        self._preferences = preferences

    async def table(self, guild_id: int | None) -> StyleTable:
        """Return the styles that are offered in a server, or outside of servers (None)."""
        if guild_id is None:
            return self._styles
        return self._styles.in_server((await self._community.rules(guild_id)).styles)

    async def named(self, interaction: discord.Interaction) -> dict[str, str]:
        """Return names by key in the reader's language, the recently used ones first."""
        styles = await self.table(interaction.guild_id)
        recent = await self._preferences.recent_styles(interaction.user.id)
        names = {key: style.name_in(str(interaction.locale)) for key, style in styles}
        return {key: names[key] for key in _in_order(recent, names)}

    async def suggest(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Return the choices that match the typed text."""
        typed = current.strip().casefold()
        return [
            app_commands.Choice(name=name[:CHOICE_LENGTH], value=key)
            for key, name in (await self.named(interaction)).items()
            if typed in name.casefold() or typed in key
        ][:CHOICES]


def _in_order(recent: Iterable[str], names: Iterable[str]) -> list[str]:
    known = list(names)
    return list(dict.fromkeys((*(key for key in recent if key in known), *known)))
