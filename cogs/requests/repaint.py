"""/repaint: creates a job from an image and a prompt; /repaint-link: the same from a URL."""

# No postponed annotations here: discord.py reads them at run time.

import discord
from discord import app_commands

from cogs.requests.command_context import Command, CommandContext, source_from_attachment
from cogs.requests.options import Prompt, with_options
from services.models import Source
from services.policy import ADDRESS_LIMIT


def repaint_command(tools: CommandContext) -> Command:
    """Create the main command."""

    @app_commands.command(description="Paint a picture anew from a prompt")
    @app_commands.describe(
        image="The picture to start from (PNG, JPEG, WebP, GIF, AVIF, BMP, TIFF, HEIC)",
        prompt="What it should become",
    )
    @with_options(tools)
    async def repaint(
        interaction: discord.Interaction, image: discord.Attachment, prompt: Prompt, **given: object
    ) -> None:
        """Paint a picture anew from a prompt."""
        await tools.submit(interaction, given, source=source_from_attachment(image), prompt=prompt)

    return repaint


def link_command(tools: CommandContext) -> Command:
    """Create the command for a typed URL. The bot never opens the URL; the provider does."""

    @app_commands.command(name="repaint-link", description="Paint a picture anew from its address")
    @app_commands.describe(
        link="The picture's address: https, PNG or JPEG, open to everybody",
        prompt="What it should become",
        ratio="Width to height; left out: as the picture where the model sees it, else a square",
    )
    @with_options(tools)
    async def link(
        interaction: discord.Interaction,
        link: app_commands.Range[str, 1, ADDRESS_LIMIT],
        prompt: Prompt,
        **given: object,
    ) -> None:
        """Paint a picture anew from its address."""
        await tools.submit(
            interaction,
            given,
            source=Source(url=link, origin="link", name="link"),
            prompt=prompt,
        )

    return link
