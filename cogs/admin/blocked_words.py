"""/repaint-admin words: words and phrases that prompts may not contain."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.checks import is_moderator
from cogs.admin.responder import AdminCommands, get_command_id, get_guild_id, get_locale, offered
from cogs.admin.settings_text import words_state
from cogs.ui import plain, sentence
from services.models import OpenDecision
from services.policy import is_common


class WordsPart(AdminCommands):
    """Commands for blocked words and phrases."""

    words = app_commands.Group(name="words", description="What a prompt may not contain")

    @words.command()
    @app_commands.describe(
        phrase="A word or a phrase; capitals, accents and look-alikes are seen through"
    )
    async def add(
        self, interaction: discord.Interaction, phrase: app_commands.Range[str, 1, 100]
    ) -> None:
        """Block a word or a phrase."""
        decision = OpenDecision(
            user_id=interaction.user.id,
            guild_id=get_guild_id(interaction),
            command_id=get_command_id(interaction),
            action="add_word",
            details={"phrase": phrase},
        )
        if not is_common(phrase):
            await self.carry_out(interaction, decision)
            return
        warning = sentence("decide_common_word", get_locale(interaction), phrase=plain(phrase))
        await self.responder.ask(interaction, decision, warning)

    async def carry_out(self, interaction: discord.Interaction, decision: OpenDecision) -> None:
        """Block the word of a confirmed decision."""
        phrase = str(decision.details["phrase"])
        entry = await self.responder.community.add_word(
            decision.guild_id, phrase, by=interaction.user.id
        )
        await self.responder.show(interaction, entry, words_state)

    @words.command()
    @app_commands.describe(phrase="One of those blocked")
    async def remove(self, interaction: discord.Interaction, phrase: str) -> None:
        """Allow a word or a phrase again."""
        remove = self.responder.community.remove_word
        await self.responder.decide(interaction, remove, phrase, show=words_state)

    @words.command()
    async def show(self, interaction: discord.Interaction) -> None:
        """Show what is blocked."""
        await self.responder.show(interaction, None, words_state)

    @remove.autocomplete("phrase")
    @app_commands.check(is_moderator)
    async def _blocked(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        rules = await self.responder.community.rules(get_guild_id(interaction))
        return offered({word: word for word in rules.words}, typed)
