"""/repaint: a picture and a prompt in, a Job out."""

# No postponed annotations here: ranges and choices come from the tables at run time.

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests import Counter, Draft
from services.model_table import ModelTable
from services.models import Options, Source
from services.styles import StyleTable

CHOICES = 25
"""Choices that an option or an autocomplete may offer (Discord)."""

Command = app_commands.Command[commands.Cog, ..., None]
Fidelity = app_commands.Range[float, 0.0, 1.0]


class RepaintCog(commands.Cog):
    """The main command."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        counter: Counter,
        models: ModelTable,
        styles: StyleTable,
        max_count: int,
    ) -> None:
        """Take the counter, and the tables that the options come from."""
        self._bot = bot
        self._counter = counter
        self._models = models
        self._styles = styles
        self._max_count = max_count

    async def cog_load(self) -> None:
        """Put the command into the tree."""
        self._bot.tree.add_command(self._command())

    def _command(self) -> Command:
        models = [
            app_commands.Choice(name=row.title, value=row.name) for row in self._models.menu()
        ]
        ratios = [app_commands.Choice(name=name, value=name) for name in self._models.ratios()]

        @app_commands.command(description="Paint a picture anew from a prompt")
        @app_commands.allowed_installs(guilds=True, users=True)
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        @app_commands.describe(
            image="The picture to start from (PNG, JPEG, WebP, GIF, AVIF)",
            prompt="What it should become",
            style="A style that is added to your prompt",
            model="Which model paints",
            reference="What to keep: the subject's features, or a person's face",
            fidelity="How near to stay to the picture, 0 to 1",
            human_fidelity="How near to stay to the face, 0 to 1",
            count="How many pictures",
            ratio="Width to height of the result",
            format="File type of the result",
            spoiler="Hide the result until it is clicked",
            private="Show the result only to me",
        )
        @app_commands.choices(model=models[:CHOICES], ratio=ratios[:CHOICES])
        @app_commands.autocomplete(style=self._suggest_styles)
        async def repaint(
            interaction: discord.Interaction,
            image: discord.Attachment,
            prompt: app_commands.Range[str, 1, 2500],
            style: str | None = None,
            model: str | None = None,
            reference: Literal["subject", "face"] | None = None,
            fidelity: Fidelity | None = None,
            human_fidelity: Fidelity | None = None,
            count: app_commands.Range[int, 1, self._max_count] = 1,
            ratio: str | None = None,
            format: Literal["png", "jpg"] = "png",  # noqa: A002  the option's name
            spoiler: bool = False,  # noqa: FBT001, FBT002  a slash command's option
            private: bool = False,  # noqa: FBT001, FBT002
        ) -> None:
            """Paint a picture anew from a prompt."""
            options = Options(
                model=model or "",
                count=count,
                style=None if style is None else self._styles.key_of(style),
                reference=reference,
                fidelity=fidelity,
                human_fidelity=human_fidelity,
                ratio=ratio,
                format=format,
                spoiler=spoiler,
                private=private,
            )
            draft = Draft(source=source_of(image), prompt=prompt, options=options)
            await self._counter.take(interaction, draft)

        return repaint

    async def _suggest_styles(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        locale, typed = str(interaction.locale), current.casefold()
        named = ((key, style.name_in(locale)) for key, style in self._styles)
        return [
            app_commands.Choice(name=name, value=key)
            for key, name in named
            if typed in name.casefold() or typed in key
        ][:CHOICES]


def source_of(image: discord.Attachment) -> Source:
    """Keep what Discord says about an attachment."""
    return Source(
        url=image.url,
        name=image.filename,
        content_type=image.content_type,
        size=image.size,
        width=image.width,
        height=image.height,
    )
