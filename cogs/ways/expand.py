"""/expand: a picture painted on beyond its edges, by sides or to a ratio."""

# No postponed annotations here: ranges and choices come from the tables at run time.

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests import Draft
from cogs.ways.tools import ANY_PLACE, EVERYWHERE, Tools, chosen, source_of
from services.errors import ExpansionAmbiguous
from services.models import Sides

Command = app_commands.Command[commands.Cog, ..., None]
Percent = app_commands.Range[int, 0, 200]
"""Of the picture's own height or width (Kling, outpainting page: at most twice)."""


class ExpandCog(commands.Cog):
    """Outpainting."""

    def __init__(self, bot: commands.Bot, *, tools: Tools) -> None:
        """Take the counter and the choices."""
        self._bot = bot
        self._tools = tools

    async def cog_load(self) -> None:
        """Put the command into the tree."""
        self._bot.tree.add_command(self._command())

    def _command(self) -> Command:
        tools = self._tools

        @app_commands.command(description="Paint a picture on beyond its edges")
        @app_commands.describe(
            image="The picture to start from (PNG, JPEG, WebP, GIF, AVIF)",
            ratio="Width to height of the result; or say how much on each side",
            left="New canvas on the left, in percent of the picture's width",
            right="New canvas on the right, in percent of the picture's width",
            up="New canvas above, in percent of the picture's height",
            down="New canvas below, in percent of the picture's height",
            prompt="What should be seen there",
            count="How many pictures",
            format="File type of the result",
            spoiler="Hide the result until it is clicked",
            private="Show the result only to me",
        )
        @app_commands.choices(ratio=tools.ratio_choices("expand"))
        async def expand(
            interaction: discord.Interaction,
            image: discord.Attachment,
            ratio: str | None = None,
            left: Percent | None = None,
            right: Percent | None = None,
            up: Percent | None = None,
            down: Percent | None = None,
            prompt: app_commands.Range[str, 1, 2500] | None = None,
            count: app_commands.Range[int, 1, tools.max_count] | None = None,
            format: Literal["png", "jpg"] | None = None,  # noqa: A002  the option's name
            spoiler: bool | None = None,  # noqa: FBT001  a slash command's option
            private: bool | None = None,  # noqa: FBT001
        ) -> None:
            """Paint a picture on beyond its edges."""
            sides = _sides(left=left, right=right, up=up, down=down)
            if sides is not None and ratio is not None:
                raise ExpansionAmbiguous
            options, left_open = chosen(
                sides=sides,
                ratio=ratio,
                count=count,
                format=format,
                spoiler=spoiler,
                private=private,
            )
            draft = Draft(
                kind="expand",
                source=source_of(image),
                prompt=prompt or "",
                options=options,
                left_open=left_open,
            )
            await tools.counter.take(interaction, draft)

        expand.allowed_installs, expand.allowed_contexts = EVERYWHERE, ANY_PLACE
        return expand


def _sides(**percent: int | None) -> Sides | None:
    """Return parts of the picture's own sides; None when no side was named."""
    given = {name: value / 100 for name, value in percent.items() if value is not None}
    return Sides(**given) if given else None
