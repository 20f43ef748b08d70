"""Ask Discord to offer image files alone where a file is chosen (`file_types`, since 2026-08-05).

It is a convenience of Discord's file dialog, and goes by the file's name: what arrives is checked
all the same.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.compat.payloads import Json

FILE_TYPES = ("image", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".jfif")
"""Discord's group `image` and what it does not hold; up to 10 (Discord, application commands)."""

ATTACHMENT = discord.AppCommandOptionType.attachment.value


def with_file_types(command: Json) -> Json:
    """Return a command, or an option, whose attachment options take images alone."""
    whole = dict(command)
    if whole.get("options"):
        whole["options"] = [_with_file_types(one) for one in whole["options"]]
    return whole


def _with_file_types(option: Json) -> Json:
    if option.get("type") == ATTACHMENT:
        return option | {"file_types": list(FILE_TYPES)}
    return with_file_types(option)


class ImageUpload(discord.ui.FileUpload[Any]):
    """A form's place for files that takes images alone."""

    def to_component_dict(self) -> Any:  # noqa: ANN401  discord.py's type lacks the field
        """Add the field to what discord.py writes."""
        return super().to_component_dict() | {"file_types": list(FILE_TYPES)}
