"""/repaint-admin style: styles that a server offers besides or instead of the shipped ones."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.checks import is_moderator
from cogs.admin.responder import AdminCommands, AdminResponder, get_guild_id, get_locale, offered
from cogs.admin.settings_text import styles_state
from services.catalog import StyleTable


class StylesPart(AdminCommands):
    """Commands for the server's own styles."""

    style = app_commands.Group(name="style", description="Styles that are offered in this server")

    def __init__(self, responder: AdminResponder, *, styles: StyleTable) -> None:
        super().__init__(responder)
        self._styles = styles

    @style.command()
    @app_commands.describe(
        name="What it is called; a shipped style of that name is replaced",
        words="What is added to the prompt",
        chinese_name="What it is called in Chinese",
    )
    async def add(
        self,
        interaction: discord.Interaction,
        name: app_commands.Range[str, 1, 40],
        words: app_commands.Range[str, 1, 300],
        chinese_name: app_commands.Range[str, 1, 40] | None = None,
    ) -> None:
        """Offer a style in this server."""
        values = {"name": name, "name_zh": chinese_name or "", "words": words}
        await self.responder.decide(
            interaction, self.responder.community.add_style, show=styles_state, **values
        )

    @style.command()
    @app_commands.describe(style="One of those offered here")
    async def remove(self, interaction: discord.Interaction, style: str) -> None:
        """Take a style off this server's list."""
        remove = self.responder.community.remove_style
        await self.responder.decide(interaction, remove, style, show=styles_state)

    @style.command()
    @app_commands.describe(style="A shipped style that was removed here")
    async def restore(self, interaction: discord.Interaction, style: str) -> None:
        """Offer a shipped style again that was taken off the list."""
        restore = self.responder.community.restore_style
        await self.responder.decide(interaction, restore, style, show=styles_state)

    @style.command()
    async def show(self, interaction: discord.Interaction) -> None:
        """Show the styles of this server."""
        await self.responder.show(interaction, None, styles_state)

    @remove.autocomplete("style")
    @app_commands.check(is_moderator)
    async def _offered(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        rules = await self.responder.community.rules(get_guild_id(interaction))
        locale = get_locale(interaction)
        styles = self._styles.in_server(rules.styles)
        return offered({key: style.name_in(locale) for key, style in styles}, typed)

    @restore.autocomplete("style")
    @app_commands.check(is_moderator)
    async def _hidden(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        rules = await self.responder.community.rules(get_guild_id(interaction))
        locale = get_locale(interaction)
        hidden = {one.key: one.name_in(locale) for one in rules.styles if not one.fragment}
        return offered(hidden, typed)
