"""Dependencies that all request commands share; converts command options and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests.intake import RequestInput, RequestIntake
from cogs.ui import CHOICES, StyleChoices
from services.catalog import ModelTable
from services.models import Kind, Options, Source

Command = app_commands.Command[commands.Cog, ..., None]

EVERYWHERE = app_commands.AppInstallationType(guild=True, user=True)
ANY_PLACE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """Passed to every cog that requests images."""

    counter: RequestIntake
    models: ModelTable
    styles: StyleChoices
    max_count: int
    """Maximum number of images in one request."""

    def model_choices(self) -> list[app_commands.Choice[str]]:
        """Return the models that repaint, as Discord choices."""
        return [app_commands.Choice(name=row.title, value=row.name) for row in self.models.menu()][
            :CHOICES
        ]

    def ratio_choices(self, kind: Kind = "repaint") -> list[app_commands.Choice[str]]:
        """Return the ratios that at least one model of a kind supports."""
        ratios = self.models.ratios(kind)
        return [app_commands.Choice(name=name, value=name) for name in ratios][:CHOICES]

    async def submit(
        self,
        interaction: discord.Interaction,
        given: Mapping[str, object],
        *,
        source: Source,
        prompt: str,
        kind: Kind = "repaint",
    ) -> None:
        """Submit a request with a command's option values; None: the user left the option out."""
        options, left_open = options_from(**given)
        draft = RequestInput(
            source=source, prompt=prompt, options=options, kind=kind, left_open=left_open
        )
        await self.counter.submit(interaction, draft)


OfTree = TypeVar("OfTree", Command, app_commands.ContextMenu)


def allow_everywhere(command: OfTree) -> OfTree:
    """Allow a command as user-installed and wherever Discord has commands."""
    command.allowed_installs, command.allowed_contexts = EVERYWHERE, ANY_PLACE
    return command


def options_from(**given: object) -> tuple[Options, frozenset[str]]:
    """Return Options made of the given values, and the names of the options left out (None)."""
    named: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return Options(**named), frozenset(given) - named.keys()


def source_from_attachment(image: discord.Attachment) -> Source:
    """Return the Source of an attachment."""
    return Source(
        url=image.url,
        name=image.filename,
        content_type=image.content_type,
        size=image.size,
        width=image.width,
        height=image.height,
    )


def source_in(attachment: Mapping[str, Any]) -> Source:
    """Return the Source of an attachment in Discord's JSON."""
    return Source(
        url=str(attachment["url"]),
        name=str(attachment.get("filename") or "picture"),
        content_type=attachment.get("content_type"),
        size=attachment.get("size"),
        width=attachment.get("width"),
        height=attachment.get("height"),
    )
