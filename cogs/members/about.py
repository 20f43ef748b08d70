"""/about: what the bot does, the provider, what happens to images and prompts, and the version."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs.ui import listed, plain, sentence
from services.common.version import About


class AboutCog(commands.Cog):
    """Informs users before they upload an image."""

    def __init__(self, *, about: About) -> None:
        self._about = about

    @app_commands.command(description="What this bot is, who paints, and what it keeps of you")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def about(self, interaction: discord.Interaction) -> None:
        """Answer privately."""
        view = _view(self._about, str(interaction.locale))
        await interaction.response.send_message(view=view, ephemeral=True)


def _view(about: About, locale: str) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container()
    models = listed(map(plain, about.models), locale)
    days = about.keep_pictures_days
    keeps = (
        sentence("about_keeps", locale, days=days)
        if days
        else sentence("about_keeps_for_ever", locale)
    )
    for text in (
        sentence("about_what", locale),
        sentence("about_provider", locale, host=about.provider, models=models),
        f"{sentence('about_privacy', locale, host=about.provider)} {keeps}",
        sentence("about_rights", locale),
    ):
        container.add_item(discord.ui.TextDisplay(text))
    container.add_item(discord.ui.TextDisplay(f"-# {_small(about, locale)}"))
    view.add_item(container)
    return view


def _small(about: About, locale: str) -> str:
    version = sentence("about_version", locale, version=about.version)
    if about.source_url is None:
        return version
    return f"{version} · {sentence('about_source', locale, link=about.source_url)}"
