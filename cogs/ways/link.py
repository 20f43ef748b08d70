"""/repaint-link: a picture somewhere in the open internet, and a prompt."""

# No postponed annotations here: ranges and choices come from the tables at run time.

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests import Draft
from cogs.ways.tools import ANY_PLACE, EVERYWHERE, Tools, chosen
from services.models import Source

Command = app_commands.Command[commands.Cog, ..., None]
Fidelity = app_commands.Range[float, 0.0, 1.0]

LINK_LENGTH = 2048
"""Characters; longer addresses are refused anyway (services.links)."""


class LinkCog(commands.Cog):
    """Repaints what a typed address leads to; nobody here opens it, the provider does."""

    def __init__(self, bot: commands.Bot, *, tools: Tools) -> None:
        """Take the counter and the choices."""
        self._bot = bot
        self._tools = tools

    async def cog_load(self) -> None:
        """Put the command into the tree."""
        self._bot.tree.add_command(self._command())

    def _command(self) -> Command:
        tools = self._tools

        @app_commands.command(
            name="repaint-link", description="Paint a picture anew from its address"
        )
        @app_commands.describe(
            link="The picture's address: https, PNG or JPEG, open to everybody",
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
        @app_commands.choices(model=tools.model_choices(), ratio=tools.ratio_choices())
        @app_commands.autocomplete(style=tools.styles.suggest)
        async def link(
            interaction: discord.Interaction,
            link: app_commands.Range[str, 1, LINK_LENGTH],
            prompt: app_commands.Range[str, 1, 2500],
            style: str | None = None,
            model: str | None = None,
            reference: Literal["subject", "face"] | None = None,
            fidelity: Fidelity | None = None,
            human_fidelity: Fidelity | None = None,
            count: app_commands.Range[int, 1, tools.max_count] | None = None,
            ratio: str | None = None,
            format: Literal["png", "jpg"] | None = None,  # noqa: A002  the option's name
            spoiler: bool | None = None,  # noqa: FBT001  a slash command's option
            private: bool | None = None,  # noqa: FBT001
        ) -> None:
            """Paint a picture anew from its address."""
            options, left_open = chosen(
                style=style,
                model=model,
                reference=reference,
                fidelity=fidelity,
                human_fidelity=human_fidelity,
                count=count,
                ratio=ratio,
                format=format,
                spoiler=spoiler,
                private=private,
            )
            source = Source(url=link, origin="link", name="link")
            draft = Draft(source=source, prompt=prompt, options=options, left_open=left_open)
            await tools.counter.take(interaction, draft)

        link.allowed_installs, link.allowed_contexts = EVERYWHERE, ANY_PLACE
        return link
