"""What every way of asking needs: the counter, the choices, and drafts made of options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests.intake import RequestIntake
from cogs.ui.style_autocomplete import CHOICES, StyleChoices
from services.catalog.models import ModelTable
from services.models import Kind, Options, Source

Command = app_commands.Command[commands.Cog, ..., None]

EVERYWHERE = app_commands.AppInstallationType(guild=True, user=True)
ANY_PLACE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """Handed to every cog that asks for pictures."""

    counter: RequestIntake
    models: ModelTable
    styles: StyleChoices
    max_count: int
    """Images in one request."""

    def model_choices(self) -> list[app_commands.Choice[str]]:
        """Return the models that repaint, as Discord takes them."""
        return [app_commands.Choice(name=row.title, value=row.name) for row in self.models.menu()][
            :CHOICES
        ]

    def ratio_choices(self, kind: Kind = "repaint") -> list[app_commands.Choice[str]]:
        """Return the ratios that some model of a kind takes."""
        ratios = self.models.ratios(kind)
        return [app_commands.Choice(name=name, value=name) for name in ratios][:CHOICES]


OfTree = TypeVar("OfTree", Command, app_commands.ContextMenu)


def allow_everywhere(command: OfTree) -> OfTree:
    """Let members bring a command along, and use it wherever Discord has commands."""
    command.allowed_installs, command.allowed_contexts = EVERYWHERE, ANY_PLACE
    return command


def options_from(**given: object) -> tuple[Options, frozenset[str]]:
    """Make Options of what was given; and the names of what was left out (None)."""
    named: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return Options(**named), frozenset(given) - named.keys()


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


def source_in(attachment: Mapping[str, Any]) -> Source:
    """Keep the same of an attachment as Discord writes it."""
    return Source(
        url=str(attachment["url"]),
        name=str(attachment.get("filename") or "picture"),
        content_type=attachment.get("content_type"),
        size=attachment.get("size"),
        width=attachment.get("width"),
        height=attachment.get("height"),
    )
