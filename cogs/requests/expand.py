"""/expand: extends an image beyond its edges, by sides or to a ratio."""

# No postponed annotations here: discord.py reads them at run time.

import discord
from discord import app_commands

from cogs.requests.command_context import Command, CommandContext, source_from_attachment
from cogs.requests.options import Prompt, with_options
from services.errors import ExpansionAmbiguous
from services.models import Padding

Percent = app_commands.Range[int, 0, 200]
"""Percent of the image's own height or width (Kling, outpainting page: at most twice the side)."""


def expand_command(tools: CommandContext) -> Command:
    """Create the command for outpainting."""

    @app_commands.command(description="Paint a picture on beyond its edges")
    @app_commands.describe(
        image="The picture to start from (PNG, JPEG, WebP, GIF, AVIF, BMP, TIFF, HEIC)",
        ratio="Width to height of the result; or say how much on each side",
        left="New canvas on the left, in percent of the picture's width",
        right="New canvas on the right, in percent of the picture's width",
        up="New canvas above, in percent of the picture's height",
        down="New canvas below, in percent of the picture's height",
        prompt="What should be seen there",
    )
    @app_commands.choices(ratio=tools.ratio_choices("expand"))
    @with_options(tools, kind="expand")
    async def expand(
        interaction: discord.Interaction,
        image: discord.Attachment,
        ratio: str | None = None,
        left: Percent | None = None,
        right: Percent | None = None,
        up: Percent | None = None,
        down: Percent | None = None,
        prompt: Prompt | None = None,
        **given: object,
    ) -> None:
        """Paint a picture on beyond its edges."""
        sides = _sides(left=left, right=right, up=up, down=down)
        if sides is not None and ratio is not None:
            raise ExpansionAmbiguous
        await tools.submit(
            interaction,
            given | {"sides": sides, "ratio": ratio},
            source=source_from_attachment(image),
            prompt=prompt or "",
            kind="expand",
        )

    return expand


def _sides(**percent: int | None) -> Padding | None:
    """Return how far each side is extended, as fractions; None if no side was given."""
    given = {name: value / 100 for name, value in percent.items() if value is not None}
    return Padding(**given) if given else None
