"""/repaint: creates a job from an image and a prompt; /repaint-link: the same from a URL."""

# No postponed annotations here: discord.py reads them at run time.

import discord
from discord import app_commands

from cogs.requests.command_context import (
    Command,
    CommandContext,
    options_from,
    source_from_attachment,
)
from cogs.requests.intake import RequestInput
from cogs.requests.options import ALWAYS, Prompt, with_options
from services.models import Source
from services.policy import ADDRESS_LIMIT

OF_PAINTING = (
    "style", "model", "reference", "fidelity", "human_fidelity", "count", "ratio", *ALWAYS,
)  # fmt: skip


def repaint_command(tools: CommandContext) -> Command:
    """Create the main command."""

    @app_commands.command(description="Paint a picture anew from a prompt")
    @app_commands.describe(
        image="The picture to start from (PNG, JPEG, WebP, GIF, AVIF, BMP, TIFF, HEIC)",
        prompt="What it should become",
    )
    @with_options(tools, *OF_PAINTING)
    async def repaint(
        interaction: discord.Interaction, image: discord.Attachment, prompt: Prompt, **given: object
    ) -> None:
        """Paint a picture anew from a prompt."""
        options, left_open = options_from(**given)
        source = source_from_attachment(image)
        draft = RequestInput(source=source, prompt=prompt, options=options, left_open=left_open)
        await tools.counter.submit(interaction, draft)

    return repaint


def link_command(tools: CommandContext) -> Command:
    """Create the command for a typed URL. The bot never opens the URL; the provider does."""

    @app_commands.command(name="repaint-link", description="Paint a picture anew from its address")
    @app_commands.describe(
        link="The picture's address: https, PNG or JPEG, open to everybody",
        prompt="What it should become",
        ratio="Width to height; left out: as the picture where the model sees it, else a square",
    )
    @with_options(tools, *OF_PAINTING)
    async def link(
        interaction: discord.Interaction,
        link: app_commands.Range[str, 1, ADDRESS_LIMIT],
        prompt: Prompt,
        **given: object,
    ) -> None:
        """Paint a picture anew from its address."""
        options, left_open = options_from(**given)
        source = Source(url=link, origin="link", name="link")
        draft = RequestInput(source=source, prompt=prompt, options=options, left_open=left_open)
        await tools.counter.submit(interaction, draft)

    return link
